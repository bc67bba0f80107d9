"""Many questions to Valkey under way at once, over one connection: for an event loop.

What is asked within one turn of the loop is sent together and answered together, so that a busy
process pays for few system calls. Answers come in the order of the questions.
"""

import asyncio
import ssl
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

import hiredis
import structlog
from redis.connection import ConnectionPool, SSLConnection

from quotas import valkey

logger = structlog.get_logger(__name__)


class Pipeline:
    """Asks a server over one connection, made when it is needed, behind the server's breaker."""

    def __init__(self, server: valkey.Server) -> None:
        self._server = server
        self._line: Line | None = None
        self._connecting: asyncio.Task[Line] | None = None

    async def ask(self, packed: bytes) -> Any:
        """Return the answer to a packed command; what the server calls an error, as an exception.

        :raises valkey.Away: if there is no answer in good time, or none is expected
        """
        if self._server.breaker.is_open:
            raise valkey.Away
        since = time.monotonic()
        line = self._line
        try:
            if line is None or line.is_over:
                line = self._line = await self._connected()
            answer = await line.ask(packed)
        except (OSError, TimeoutError) as error:
            self._server.breaker.failed(since=since, at=time.monotonic())
            raise valkey.Away from error
        self._server.breaker.succeeded(since=since, at=time.monotonic())
        return answer

    def close(self) -> None:
        if self._line:
            self._line.end(ConnectionAbortedError())

    async def _connected(self) -> "Line":
        """Connect, once for all who wait for it."""
        if self._connecting is None:
            self._connecting = asyncio.get_running_loop().create_task(_connect(self._server))
            self._connecting.add_done_callback(self._is_connected)
        return await asyncio.shield(self._connecting)

    def _is_connected(self, connecting: "asyncio.Task[Line]") -> None:
        self._connecting = None
        if error := connecting.exception():
            logger.warning("Valkey cannot be reached", error=type(error).__name__)


class Line(asyncio.Protocol):
    """One connection, and the answers that are awaited on it."""

    def __init__(self, breaker: valkey.Breaker) -> None:
        self._breaker = breaker
        self.is_over = False
        self._loop = asyncio.get_running_loop()
        self._reader = hiredis.Reader()
        self._transport: asyncio.Transport | None = None
        self._unsent: list[bytes] = []
        self._awaited: deque[tuple[asyncio.Future[Any], float]] = deque()
        self._heard_at = 0.0
        self._watch: asyncio.TimerHandle | None = None
        self._look_at = 0.0

    def ask(self, packed: bytes) -> "asyncio.Future[Any]":
        """Return the answer to come.

        :raises OSError: later, if the connection ends before
        :raises TimeoutError: later, if it does not come in time
        """
        answer: asyncio.Future[Any] = self._loop.create_future()
        self._awaited.append((answer, self._loop.time()))
        if not self._unsent:
            self._loop.call_soon(self._send)
        self._unsent.append(packed)
        if self._watch is None:
            self._look_in(self._breaker.patience)
        return answer

    def end(self, why: Exception) -> None:
        """Await nothing any more."""
        self.is_over = True
        if self._transport:
            self._transport.abort()
        if self._watch:
            self._watch.cancel()
        awaited, self._awaited, self._unsent = self._awaited, deque(), []
        if awaited:  # once for all of them: a flood of lines would be the next flood
            error = type(why).__name__
            logger.warning("Valkey did not count", error=error, questions=len(awaited))
        for answer, _ in awaited:
            if not answer.done():
                answer.set_exception(why)

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._heard_at = self._loop.time()
        self._reader.feed(data)
        while (reply := self._reader.gets()) is not False:
            answer, _ = self._awaited.popleft()
            if not answer.done():
                answer.set_result(reply)

    def connection_lost(self, error: Exception | None) -> None:
        self.end(error or ConnectionResetError())

    def _send(self) -> None:
        unsent, self._unsent = self._unsent, []
        if self._transport and unsent and not self.is_over:
            self._transport.write(b"".join(unsent))

    def _look(self, *, again: bool = False) -> None:
        """Give up on a server that is silent, once what has arrived meanwhile was read.

        One that answers something is not away, however many wait: the loop may be what is slow. Nor is one
        while this look itself comes late: then the machine is busy, and the server has no turn either.
        """
        self._watch = None
        if not self._awaited:
            return
        now, (_, asked_at) = self._loop.time(), self._awaited[0]
        left = max(asked_at, self._heard_at) + self._breaker.patience - now
        is_busy = now - self._look_at > valkey.LATE and now - asked_at < valkey.LONGEST
        if left > 0 or is_busy:
            self._look_in(left if left > 0 else self._breaker.patience)
        elif not again:
            self._watch = self._loop.call_later(0, partial(self._look, again=True))
        else:
            self.end(TimeoutError())

    def _look_in(self, seconds: float) -> None:
        self._look_at = self._loop.time() + seconds
        self._watch = self._loop.call_later(seconds, self._look)


async def _connect(server: valkey.Server) -> Line:
    """Return a connection on which nothing is left to say but questions."""
    where = server.client.connection_pool
    async with asyncio.timeout(valkey.PATIENCE):
        line = await _open(where, partial(Line, server.breaker))
        try:
            await _greet(line, where.connection_kwargs)
        except BaseException:
            line.end(ConnectionAbortedError())
            raise
    return line


async def _greet(line: Line, where: dict[str, Any]) -> None:
    for greeting in _greetings(where):
        said = await line.ask(hiredis.pack_command(greeting))
        if isinstance(said, hiredis.ReplyError):
            raise ConnectionRefusedError(str(said))


async def _open(pool: ConnectionPool, made: Callable[[], Line]) -> Line:
    loop, where = asyncio.get_running_loop(), pool.connection_kwargs
    if path := where.get("path"):
        return (await loop.create_unix_connection(made, path))[1]
    is_secure = issubclass(pool.connection_class, SSLConnection)
    secure = ssl.create_default_context() if is_secure else None
    return (await loop.create_connection(made, where["host"], where["port"], ssl=secure))[1]


def _greetings(where: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Return what a new connection says first: who we are, and which of the databases we mean."""
    greetings: list[tuple[Any, ...]] = []
    if password := where.get("password"):
        greetings.append(("AUTH", where.get("username") or "default", password))
    if number := where.get("db"):
        greetings.append(("SELECT", str(number)))
    return greetings
