"""Valkey, as the limits ask it: it has 50 ms, and is left alone while it does not answer.

Who is answered late while others are answered, or is woken up late, waits on: then the machine is busy, and nobody
away. To give up would be to do the same once more, and by a longer way. For the same reason a server that has
answered slowly of late is given more time.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

import hiredis
import redis
import structlog
from django.conf import settings
from redis.commands.core import Script

from common.valkey import impatient

PATIENCE = 0.05  # seconds for an answer, from a server that has answered quickly of late
TIMES_SLOWER = 5  # than the slowest answer of late: so much is waited for
LONGEST = 0.5  # seconds for an answer while others are answered, or the machine is busy
LATE = 0.01  # seconds by which a busy machine lets us wake up later than we asked for
FAILURES = 3  # so many open the breaker, within WITHIN or without a success between them
WITHIN = 1.0
PAUSE = 1.0  # seconds between two looks whether it is back

Answer = TypeVar("Answer")

logger = structlog.get_logger(__name__)


class Away(Exception):
    """Valkey does not answer, or cannot write, or has lost what was counted."""


class Breaker:
    """Keeps requests from waiting for a server that is away; one thread looks whether it is back."""

    def __init__(self, *, is_back: Callable[[], bool], pause: float = PAUSE) -> None:
        self._is_back = is_back
        self._pause = pause
        self._lock = threading.Lock()
        self._failed_at: deque[float] = deque(maxlen=FAILURES)
        self._answered_at = self._slowest_at = -WITHIN
        self._slowest = 0.0
        self.is_open = False

    def failed(self, *, since: float, at: float) -> None:
        """Note that a call failed. Calls that waited beside one that failed count as one with it."""
        with self._lock:
            if self._failed_at and since < self._failed_at[-1]:
                return
            self._failed_at.append(at)
            if len(self._failed_at) < FAILURES or self.is_open:
                return
            self.is_open = True
        logger.warning("limits do without Valkey")
        threading.Thread(target=self._wait_until_back, name="limits-probe", daemon=True).start()

    def succeeded(self, *, since: float, at: float) -> None:
        self._answered_at = at
        if at - since >= self._slowest or at - self._slowest_at > WITHIN:
            self._slowest, self._slowest_at = at - since, at
        if not self._failed_at:
            return
        with self._lock:
            while self._failed_at and at - self._failed_at[0] > WITHIN:
                self._failed_at.popleft()

    @property
    def patience(self) -> float:
        """Seconds that an answer is waited for: as those of the last second or so were slow or quick."""
        return min(LONGEST, max(PATIENCE, TIMES_SLOWER * self._slowest))

    def is_answering(self, *, at: float) -> bool:
        """Say whether anybody was answered a moment ago."""
        return at - self._answered_at < PATIENCE

    def _wait_until_back(self) -> None:
        time.sleep(self._pause)
        while not self._is_back():
            time.sleep(self._pause)
        with self._lock:
            self._failed_at.clear()
            self.is_open = False
        logger.warning("limits have Valkey again")


class Line(threading.local):
    """A connection of each thread's own: to take one from the pool costs more than to ask."""

    def __init__(self, pool: redis.ConnectionPool, breaker: Breaker) -> None:
        self._connection: Any = pool.connection_class(**pool.connection_kwargs)
        self._breaker = breaker

    def call(self, *command: Any) -> Any:
        connection = self._connection
        if _is_broken(connection):
            connection.disconnect()
        connection.send_packed_command([hiredis.pack_command(command)], check_health=False)
        asked_at = looked_at = time.monotonic()
        patience = self._breaker.patience
        while not connection.can_read(timeout=patience):
            now = time.monotonic()
            is_busy, looked_at = now - looked_at > patience + LATE, now
            if now - asked_at > LONGEST or not (is_busy or self._breaker.is_answering(at=now)):
                connection.disconnect()
                raise redis.TimeoutError
        return connection.read_response()


def _is_broken(connection: Any) -> bool:
    """Say whether there is something to read before anything was asked: an end, as a rule."""
    try:
        return bool(connection.can_read(timeout=0))
    except redis.ConnectionError:
        return True


class Server:
    """One Valkey behind a breaker."""

    def __init__(self, url: str) -> None:
        self.client = impatient(url, patience=PATIENCE)
        self.breaker = Breaker(is_back=self._is_back)
        self._line = Line(self.client.connection_pool, self.breaker)

    def script(self, text: str) -> Callable[[list[str], list[Any]], Any]:
        """Return a function that runs a Lua script with keys and arguments.

        It is sent by its digest, and whole only if the server does not know it (any more).
        """
        known: Script = self.client.register_script(text)

        def run(keys: list[str], args: list[Any]) -> Any:
            try:
                return self._line.call("EVALSHA", known.sha, len(keys), *keys, *args)
            except redis.exceptions.NoScriptError:
                return known(keys=keys, args=args)

        return lambda keys, args: self.ask(lambda: run(keys, args))

    def ask(self, question: Callable[[], Answer]) -> Answer:
        """Return the answer.

        :raises Away: if there is none in time, or none is expected
        """
        if self.breaker.is_open:
            raise Away
        since = time.monotonic()
        try:
            answer = question()
        except (redis.RedisError, OSError) as error:
            self.breaker.failed(since=since, at=time.monotonic())
            logger.warning("Valkey did not count", error=type(error).__name__)
            raise Away from error
        self.breaker.succeeded(since=since, at=time.monotonic())
        return answer

    def _is_back(self) -> bool:
        try:
            # A replica and a full server answer too, but take no writes.
            self.client.set("rl:probe", 1, ex=10)
        except redis.RedisError:
            return False
        return True


@cache
def server_at(url: str) -> Server:
    return Server(url)


def server() -> Server:
    """Return the server of the limits: one client, and one breaker, for all of this process."""
    return server_at(settings.REDIS_URL)
