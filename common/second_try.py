"""A second try for reads whose connection to PostgreSQL broke, as when the server is restarted."""

import time

import structlog
from django.db import connections
from django.http import HttpRequest, HttpResponse

from common import replica
from common.database import RESTART
from common.errors import ServiceUnavailable
from common.middleware import Handler
from common.problems import refusal_at
from common.translation import ConnectionLost, translate

READS = {"GET", "HEAD"}
# What a browser is led through once: a second try would find the first one's traces.
NOT_AGAIN = ("/api/v2/auth/",)

logger = structlog.get_logger(__name__)


class SecondTryMiddleware:
    """Answer a read again, on a new connection, if the one that it used is lost.

    It is once, soon, and only for what changes nothing: a write may have been done all the same.
    """

    def __init__(self, get_response: Handler) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.monotonic()
        response = self._get_response(request)
        if not getattr(response, "is_connection_lost", False):
            return response
        replica.watch.lost()  # perhaps that was it; the primary has it all
        if not _may_repeat(request) or time.monotonic() - started > RESTART:
            return response
        logger.info("a read is tried again: its connection was lost")
        connections.close_all()
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer 503, not 500, where a page needs a database that is away."""
        error = translate(exception)
        if not isinstance(error, ServiceUnavailable):
            return None
        category = error.category.name
        logger.log(
            error.level, "request refused", code=error.code, category=category, exc_info=exception
        )
        response = refusal_at(request.path, error)
        response.is_connection_lost = isinstance(error, ConnectionLost)  # type: ignore[attr-defined]
        return response


def _may_repeat(request: HttpRequest) -> bool:
    return request.method in READS and not request.path.startswith(NOT_AGAIN)
