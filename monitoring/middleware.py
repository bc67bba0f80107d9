"""A log line a request."""

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from common import request_id
from monitoring import about
from monitoring.access import log_answer


class AccessLogMiddleware:
    """Log what was asked and how it went: route patterns, never paths, queries or bodies."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        with about.bound(request):
            response = self._get_response(request)
        log_answer(
            about.route_of(request),
            response.status_code,
            method=about.method_of(request),
            user_id=about.user_id_of(request),
            since=started,
            correlation_id=request_id.current(),
            code=getattr(response, "problem_code", None),
        )
        return response
