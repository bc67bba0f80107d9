"""What the web server runs: it takes in requests, answers the commonest, and has Django do the rest.

One event loop takes in all of them. Those that Django is to answer pass the gate, and threads work
on them, as many as there are places; the others wait in the loop, where that costs nothing. The
server is granian, its interface RSGI. `docs/decisions/0011` says who is turned away, and when.
"""

import asyncio
import sys
import time
from collections.abc import Awaitable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

import structlog
from django.conf import settings
from granian.rsgi import HTTPProtocol, ProtocolClosed, Scope

from accounts import hashers
from common import database, request_id
from common.error_kinds import DATABASE
from common.errors import OracleError, ServiceUnavailable
from common.problems import problem_response
from monitoring import follower, metrics
from monitoring import requests as counting
from omicsoracle import hot_path
from omicsoracle.gate import Gate
from omicsoracle.gateway import Answer, Application, Work, is_length
from omicsoracle.hot_path import Asked, HotPath
from omicsoracle.urgency import is_sign_in, kind_of
from quotas.services.requests import REQUEST

SPARE_THREADS = 2  # for those who ask for health, who need no place
BODY_SECONDS = 20
SAME_SECONDS = 3.0  # that one waits for the answer to somebody who asks the same
SAID_EVERY = 1.0  # seconds
SHOWN_EVERY = 1.0  # seconds
LONG_WAIT = 2.5  # seconds; with what the database is waited for, five at most
# Seconds until the interpreter takes its lock from who works; the first is its own default.
TURN, TURN_BESIDE_THREADS = 0.005, 0.0005
HEADERS = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}
Value = TypeVar("Value")

logger = structlog.get_logger(__name__)


class Overloaded(ServiceUnavailable):
    """More is asked than can be answered in good time."""

    detail = "Too much is asked at the moment. Try again in a second."


class DatabaseSilent(ServiceUnavailable):
    """Who has waited already is not to wait for a database that does not answer."""

    detail = "The database does not answer. Try again in a few seconds."
    belongs_to = DATABASE


class BodyLate(OracleError):
    """A request began, and does not go on."""

    status = 408
    code = "request_timeout"
    detail = f"The body did not arrive within {BODY_SECONDS} seconds. Send the request again."


class Server:
    """An RSGI application in front of a WSGI application.

    :param gate: who is let in; without it, one for the threads of this server
    """

    def __init__(self, application: Application, *, gate: Gate | None = None) -> None:
        self.application = application
        self.hot = HotPath()
        self._gate = gate or Gate(places=settings.WEB_THREADS, waiting=settings.WEB_WAITING)
        self._threads = ThreadPoolExecutor(settings.WEB_THREADS + SPARE_THREADS, "django")
        self._under_way: dict[tuple[bytes, bytes], asyncio.Future[None]] = {}
        self._working = 0
        self._turned_away = 0
        self._said_at = 0.0
        self._next_look: asyncio.TimerHandle | None = None
        follower.start()

    async def __rsgi__(self, scope: Scope, protocol: HTTPProtocol) -> None:
        came_at = time.perf_counter()
        self._look_soon()
        try:
            answer = await self._answer(scope, protocol)
        except OracleError as error:
            answer = self._refusal(error, scope, since=came_at)
        except ProtocolClosed:  # nobody is there any more
            return
        if answer is not None:
            answer.send(protocol)

    def __rsgi_del__(self, _: asyncio.AbstractEventLoop) -> None:
        self.close()

    def close(self) -> None:
        if self._next_look:
            self._next_look.cancel()
        self.hot.close()
        self._threads.shutdown()

    async def _answer(self, scope: Scope, protocol: HTTPProtocol) -> Answer | None:
        if not hot_path.may_answer(scope):
            return await self._djangos(scope, protocol, await _arrived(_body_of(scope, protocol)))
        body = await _soon(protocol())  # type: ignore[arg-type]  # it is a future
        asked = self.hot.asked(scope, body)
        if asked is None:
            return await self._djangos(scope, protocol, body)
        answer = await self.hot.answer(asked, scope)
        return answer or await self._learn(asked, scope, protocol, body)

    async def _learn(
        self, asked: Asked, scope: Scope, protocol: HTTPProtocol, body: bytes
    ) -> Answer | None:
        """Have Django answer, and learn from it. Who lacks the same meanwhile waits for that, but not for long."""
        until, lacking = time.monotonic() + SAME_SECONDS, self.hot.lacking(asked)
        while lacking and (under_way := self._under_way.get(lacking)):
            if (left := until - time.monotonic()) <= 0:
                break
            await asyncio.wait({under_way}, timeout=left)
            if answer := await self.hot.answer(asked, scope):
                return answer
            lacking = self.hot.lacking(asked)
        if lacking is None or lacking in self._under_way:
            return await self._djangos(scope, protocol, body, asked)
        self._under_way[lacking] = asyncio.get_running_loop().create_future()
        try:
            return await self._djangos(scope, protocol, body, asked)
        finally:
            self._under_way.pop(lacking).set_result(None)

    async def _djangos(
        self, scope: Scope, protocol: HTTPProtocol, body: bytes, asked: Asked | None = None
    ) -> Answer | None:
        """Have Django answer when it is its turn; None: it did, part by part.

        :raises OracleError: if it is turned away
        """
        kind = kind_of(scope.method, scope.path)
        if is_sign_in(scope.method, scope.path):
            hashers.counter.require_room()
        came_at = time.perf_counter()
        if not await self._gate.enter(kind):
            raise Overloaded(retry_after=1)
        self._count_working(1)
        try:
            if time.perf_counter() - came_at > LONG_WAIT and database.is_silent():
                raise DatabaseSilent
            work = Work(scope, body, protocol)
            work.environ[counting.CAME_AT] = came_at
            learn = None
            if asked:
                work.environ[REQUEST] = asked.id
                learn = partial(self.hot.learn, asked, work.environ)
            act = partial(work.answer, self.application, then=learn)
            return await asyncio.get_running_loop().run_in_executor(self._threads, act)
        finally:
            self._count_working(-1)
            self._gate.leave(kind)

    def _look_soon(self) -> None:
        """Have what is counted here shown within a second; a server that is not asked does nothing."""
        if self._next_look is None:
            self._next_look = asyncio.get_running_loop().call_later(SHOWN_EVERY, self._look)

    def _look(self) -> None:
        self._next_look = None
        self.hot.tally.fold()
        metrics.http_waiting.set(self._gate.waiting)
        if self._working:
            self._look_soon()

    def _count_working(self, change: int) -> None:
        """Let the loop have its turn sooner while threads work: turns cost time, too."""
        self._working += change
        sys.setswitchinterval(TURN_BESIDE_THREADS if self._working else TURN)

    def _refusal(self, error: OracleError, scope: Scope, *, since: float) -> Answer:
        counting.count(counting.TURNED_AWAY, scope.method, error.status, since=since)
        metrics.http_turned_away.labels(type(error).__name__).inc()
        chosen = request_id.choose(scope.headers.get("x-request-id"))
        with request_id.bound(chosen):
            response = problem_response(error)
        metrics.problems.labels(error.code, error.status).inc()
        self._say()
        headers = dict(response.items()) | HEADERS | {request_id.HEADER: chosen}
        return Answer(error.status, list(headers.items()), response.content)

    def _say(self) -> None:
        """Log how many there were, not each: a flood of lines would be the next flood."""
        self._turned_away += 1
        now = time.monotonic()
        if now - self._said_at >= SAID_EVERY:
            logger.warning("requests turned away", so_far=self._turned_away)
            self._said_at = now


async def _soon(body: "asyncio.Future[bytes]") -> bytes:
    """Wait for a small body, but not for ever: as `_arrived`, which costs more.

    :raises BodyLate: if it does not come
    """
    late = asyncio.get_running_loop().call_later(BODY_SECONDS, body.cancel)
    try:
        return await body
    except asyncio.CancelledError as error:
        raise BodyLate from error
    finally:
        late.cancel()


async def _arrived(body: Awaitable[Value]) -> Value:
    """Wait for a body, but not for ever.

    :raises BodyLate: if it does not come
    """
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await body
    except TimeoutError as error:
        raise BodyLate from error


async def _body_of(scope: Scope, protocol: HTTPProtocol) -> bytes:
    """Return the body; of one that is larger than may be, a byte more than that, or nothing."""
    length, most = scope.headers.get("content-length"), settings.MAX_BODY_BYTES
    if length is None and "transfer-encoding" not in scope.headers:
        return b""
    if length is not None and not is_length(length, most=most):
        return b""
    body = bytearray()
    async for part in protocol:
        body += part
        if len(body) > most:
            break
    return bytes(body[: most + 1])
