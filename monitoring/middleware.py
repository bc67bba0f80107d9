"""A log line a request."""

import logging
import time
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

logger = structlog.get_logger("access")
FIRST_FAULT = 500


class AccessLogMiddleware:
    """Log what was asked and how it went: route patterns, never paths, queries or bodies."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        response = self._get_response(request)
        route = request.resolver_match.route if request.resolver_match else "unknown"
        log_answer(
            route,
            response.status_code,
            method=request.method,
            user_id=_user_id(request),
            since=started,
        )
        return response


def log_answer(
    route: str, status: int, *, method: str | None, user_id: str | None, since: float
) -> None:
    logger.log(
        _level(route, status),
        "request answered",
        user_id=user_id,
        endpoint=f"/{route}",
        method=method,
        status_code=status,
        duration_ms=round((time.perf_counter() - since) * 1000, 1),
    )


def _level(route: str, status: int) -> int:
    if status >= FIRST_FAULT:
        return logging.ERROR
    return logging.DEBUG if route.startswith("health") else logging.INFO


def _user_id(request: HttpRequest) -> str | None:
    """Return who asked, if that is known already: to find out would cost a query."""
    user = getattr(request, "user", None)
    if user is None or isinstance(user, SimpleLazyObject) or user.pk is None:
        return None
    return str(user.pk)
