"""At most so many requests to NCBI in any second, over all processes.

Each request takes a place, and gives it back a second after its answer has come. So whatever the
network does, no second in which NCBI counts holds more requests than there are places. The places are in
Valkey, by its clock; without Valkey this process alone makes one request a second.
"""

import random
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import redis

from common.errors import ServiceUnavailable

WITHOUT_KEY, WITH_KEY = 3, 10  # what NCBI allows in a second
SECOND = 1.0
LOOK_AGAIN = 0.05  # seconds, at least; others may be quicker

# KEYS: the places. ARGV: how many, for how long at most, a token. Returns seconds to wait, "0" if taken.
TAKE = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.6f', now))
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[1]) then
  local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
  return tostring(math.max(0.001, tonumber(first[2]) - now))
end
redis.call('ZADD', KEYS[1], string.format('%.6f', now + tonumber(ARGV[2])), ARGV[3])
redis.call('EXPIRE', KEYS[1], math.ceil(tonumber(ARGV[2])) + 1)
return '0'
"""
# KEYS: the places. ARGV: for how long the place is still taken, the token.
GIVE_BACK = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
return redis.call('ZADD', KEYS[1], 'XX', string.format('%.6f', now + tonumber(ARGV[1])), ARGV[2])
"""


class NoTurn(ServiceUnavailable):
    """Others ask so much of NCBI that our turn does not come in time."""

    code = "upstream_unavailable"
    detail = "NCBI is asked as often as it allows; try again in a moment."


class Politeness:
    """Whose turn it is. Call it with the seconds you can wait, and ask NCBI within the block.

    :param client: with short time limits and no retries, so that a Valkey that is away costs no time
    :param longest: seconds after which a request whose process died counts no more
    """

    def __init__(
        self, *, client: redis.Redis, per_second: int = WITHOUT_KEY, longest: float = 60
    ) -> None:
        self._per_second, self._longest = per_second, longest
        self._keys = ["politeness:{ncbi}"]
        self._take = client.register_script(TAKE)
        self._give_back = client.register_script(GIVE_BACK)
        self._alone = threading.Lock()
        self._alone_from = 0.0

    @contextmanager
    def __call__(self, patience: float) -> Iterator[None]:
        """Wait for a turn; the block is the turn.

        :raises NoTurn: if none comes within `patience` seconds
        """
        until = time.monotonic() + patience
        token = uuid.uuid4().hex
        try:
            while (wait := float(self._take(self._keys, self._wish(token)))) > 0:
                _sleep(wait, until)
            shared = True
        except redis.RedisError:
            shared = False
        with self._in_valkey(token) if shared else self._in_process(until):
            yield

    def _wish(self, token: str) -> list[str | float]:
        return [self._per_second, self._longest, token]

    @contextmanager
    def _in_valkey(self, token: str) -> Iterator[None]:
        try:
            yield
        finally:
            try:
                self._give_back(self._keys, [SECOND, token])
            except redis.RedisError:
                self._alone_from = time.monotonic() + SECOND

    @contextmanager
    def _in_process(self, until: float) -> Iterator[None]:
        if not self._alone.acquire(timeout=max(0, until - time.monotonic())):
            raise NoTurn
        try:
            if (wait := self._alone_from - time.monotonic()) > 0:
                _sleep_all(wait, until)
            yield
        finally:
            self._alone_from = time.monotonic() + SECOND
            self._alone.release()


def _sleep(wait: float, until: float) -> None:
    """Sleep a little while, so as to see a place that comes free early."""
    _sleep_all(min(max(wait, LOOK_AGAIN), SECOND) * random.uniform(1, 1.2), until)  # noqa: S311


def _sleep_all(wait: float, until: float) -> None:
    if time.monotonic() + wait > until:
        raise NoTurn
    time.sleep(wait)
