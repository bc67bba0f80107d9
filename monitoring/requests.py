"""Counting requests: each once, by whoever answered it."""

import sys
import time
from bisect import bisect_left
from collections.abc import Callable
from functools import cache

from django.conf import settings
from django.core.signals import got_request_exception
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from prometheus_client import Counter, Histogram

from monitoring import about, metrics

ITSELF, STAGE, AHEAD = "itself", "stage", "ahead of django"  # how an agent is asked
UNKNOWN, STATIC, TURNED_AWAY = "unknown", "static", "turned away"  # routes that are none
CAME_AT = "omicsoracle.came_at"  # in a request's META: when it came, by time.perf_counter
BOUNDS = (*metrics.REQUEST_SECONDS, float("inf"))


class MetricsMiddleware:
    """Count what Django answers: by the pattern of its route, never by its path.

    What a request waited for a thread is part of how long it took, if the server says when it came.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = request.META.get(CAME_AT) or time.perf_counter()
        metrics.http_in_progress.inc()
        try:
            response = self._get_response(request)
        finally:
            metrics.http_in_progress.dec()
        count(route_of(request), request.method, response.status_code, since=started)
        if code := getattr(response, "problem_code", None):
            metrics.problems.labels(code, response.status_code).inc()
        return response


def count(route: str, method: str | None, status: int, *, since: float) -> None:
    """Count an answered request."""
    known = method if method in about.METHODS else about.OTHER
    answered(route, str(known), status).inc()
    taking(route, str(known)).observe(time.perf_counter() - since)


def route_of(request: HttpRequest) -> str:
    if request.resolver_match:
        return f"/{about.route_of(request)}"
    return STATIC if request.path_info.startswith(settings.STATIC_URL) else UNKNOWN


@cache
def answered(route: str, method: str, status: int) -> Counter:
    return metrics.http_requests.labels(route, method, status)


@cache
def taking(route: str, method: str) -> Histogram:
    return metrics.http_request_seconds.labels(route, method)


class Tally:
    """Requests of one kind, counted in plain numbers: a tenth of what the shared ones cost.

    For one thread. Somebody calls `fold` every second, and when the process ends; one that is
    killed takes a second's requests with it.
    """

    def __init__(self, route: str, method: str, status: int, *, agent: str) -> None:
        self._answered = answered(route, method, status)
        agents = metrics.agent_seconds.labels(agent, AHEAD)
        self._histograms = taking(route, method), agents
        self._clear()

    def _clear(self) -> None:
        self._seconds = 0.0
        self._counts = [0] * len(BOUNDS)

    def note(self, seconds: float) -> None:
        self._seconds += seconds
        self._counts[bisect_left(BOUNDS, seconds)] += 1

    def fold(self) -> None:
        """Add what was noted to what all processes share."""
        total, seconds, counts = sum(self._counts), self._seconds, self._counts
        if not total:
            return
        self._clear()
        self._answered.inc(total)
        metrics.hot_answers.inc(total)
        for histogram in self._histograms:
            # The library has no call that adds many observations at once.
            histogram._sum.inc(seconds)  # noqa: SLF001
            for bucket, number in zip(histogram._buckets, counts, strict=True):  # noqa: SLF001
                if number:
                    bucket.inc(number)


@receiver(got_request_exception)
def _count_exception(**_: object) -> None:
    fault = sys.exc_info()[0]
    metrics.exceptions.labels(fault.__name__ if fault else UNKNOWN, "request").inc()
