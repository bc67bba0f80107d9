"""Turning requests away before anything else is done about them: docs/decisions/0011-shedding.md.

A refusal through all of the middleware costs milliseconds, here a fraction of one.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import structlog
from django.conf import settings

from accounts import hashers
from common import request_id
from common.errors import OracleError, ServiceUnavailable
from common.problems import problem_response
from omicsoracle.gate import Gate, Kind

Start = Callable[[str, list[tuple[str, str]]], Any]
Application = Callable[[dict[str, Any], Any], Iterable[bytes]]

# What anybody may call, and costs a hash.
SIGN_INS = frozenset(
    f"/api/v2/auth/{call}" for call in ("login", "register", "password/reset/confirm")
)
# The first that fits. A job's state is a read like others: only what makes work is a batch.
BEGINNINGS = {
    "/health/": Kind.HEALTH,
    "/metrics/": Kind.STAFF,
    "/admin/": Kind.STAFF,
    "/api/v2/admin/": Kind.STAFF,
    "/api/v2/auth/": Kind.AUTH,
    "/accounts/": Kind.AUTH,
    "/api/v2/agents/report/": Kind.EXPORT,
    "/api/v2/agents/": Kind.SEARCH,
    "/api/v2/workflows/": Kind.SEARCH,
}
EXPORTS = ("/export/", "/results/", "/downloads/")
BATCH = "/api/v2/batch/"
SAID_EVERY = 1.0  # seconds
HEADERS = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}

logger = structlog.get_logger(__name__)


class Overloaded(ServiceUnavailable):
    """More is asked than can be answered in good time."""

    detail = "Too much is asked at the moment. Try again in a second."


class Shedding:
    """A WSGI application in front of another: it answers 503 to what is too much.

    :param gate: who is let in; without it, one for the threads of this server
    """

    def __init__(self, application: Application, *, gate: Gate | None = None) -> None:
        self._application = application
        self._gate = gate or Gate(places=settings.WEB_THREADS, waiting=settings.WEB_WAITING)
        self._turned_away = 0
        self._said_at = 0.0

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        kind = kind_of(environ["REQUEST_METHOD"], environ["PATH_INFO"])
        try:
            if _is_sign_in(environ):
                hashers.counter.require_room()
            if not self._gate.enter(kind):
                raise Overloaded(retry_after=1)
        except OracleError as error:
            return self._refuse(error, environ, start)
        return self._answer(kind, environ, start)

    def _answer(self, kind: Kind, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        """Hold the place until the answer is made; of one that is made as it is sent, to its end."""
        try:
            answer = self._application(environ, start)
        except BaseException:
            self._gate.leave(kind)
            raise
        if getattr(answer, "streaming", False):
            return Streamed(answer, lambda: self._gate.leave(kind))
        self._gate.leave(kind)
        return answer

    def _refuse(self, error: OracleError, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        if "CONTENT_LENGTH" in environ or "HTTP_TRANSFER_ENCODING" in environ:
            environ["wsgi.input"].read(settings.MAX_BODY_BYTES)  # so that the connection lives on
        chosen = request_id.choose(environ.get("HTTP_X_REQUEST_ID"))
        with request_id.bound(chosen):
            response = problem_response(error)
        self._say()
        headers = dict(response.items()) | HEADERS | {request_id.HEADER: chosen}
        start(f"{error.status} {response.reason_phrase}", list(headers.items()))
        return [response.content]

    def _say(self) -> None:
        """Log how many there were, not each: a flood of lines would be the next flood."""
        self._turned_away += 1
        now = time.monotonic()
        if now - self._said_at >= SAID_EVERY:
            logger.warning("requests turned away", so_far=self._turned_away)
            self._said_at = now


class Streamed:
    """An answer that is made while it is sent. The server closes it, however the sending ends."""

    def __init__(self, answer: Any, when_over: Callable[[], None]) -> None:
        self._answer = answer
        self._when_over = when_over

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._answer)

    def close(self) -> None:
        try:
            self._answer.close()
        finally:
            self._when_over()


def kind_of(method: str, path: str) -> Kind:
    path = f"{path.rstrip('/')}/"
    if path.startswith("/api/") and path.endswith(EXPORTS):
        return Kind.EXPORT
    if method == "POST" and path.startswith(BATCH):
        return Kind.BATCH
    found = (kind for begin, kind in BEGINNINGS.items() if path.startswith(begin))
    return next(found, Kind.OTHER)


def _is_sign_in(environ: dict[str, Any]) -> bool:
    return environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"].rstrip("/") in SIGN_INS
