"""Turning sign-ins away before anything else is done about them.

A flood of sign-ins is mostly refused. A refusal through all of the middleware costs milliseconds,
and searches stand in the same line: here it costs a fraction of one.
"""

import time
from collections.abc import Callable, Iterable
from typing import Any

import structlog
from django.conf import settings

from accounts import hashers
from common import request_id
from common.errors import OracleError
from common.problems import problem_response

Start = Callable[[str, list[tuple[str, str]]], Any]
Application = Callable[[dict[str, Any], Any], Iterable[bytes]]

# What anybody may call, and costs a hash.
PATHS = frozenset(
    f"/api/v2/auth/{call}" for call in ("login", "register", "password/reset/confirm")
)
SAID_EVERY = 1.0  # seconds
HEADERS = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}

logger = structlog.get_logger(__name__)


class Shedding:
    """A WSGI application in front of another: it answers 503 while the hashing queue is full."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._turned_away = 0
        self._said_at = 0.0

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"].rstrip("/") in PATHS:
            try:
                hashers.counter.require_room()
            except OracleError as error:
                environ["wsgi.input"].read(
                    settings.MAX_BODY_BYTES
                )  # so that the connection lives on
                return self._refuse(error, environ, start)
        return self._application(environ, start)

    def _refuse(self, error: OracleError, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
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
            logger.warning("sign-ins turned away", so_far=self._turned_away)
            self._said_at = now
