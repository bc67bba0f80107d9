"""What agents are asked, and what they answer, on its way out."""

import time
from collections.abc import Callable

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from discovery.noting import NOTED, Noted
from discovery.rendered import NAMED
from history import results
from history.services import recording
from monitoring import metrics
from monitoring.requests import ITSELF
from quotas.services import requests

RIDER = "history.rider"  # in a request's META: for who gives the same answer ahead of Django
ANSWERED = frozenset({200, 202})


class HistoryMiddleware:
    """Keep what was asked, if it was answered: `discovery.noting` says what that was."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        response = self._get_response(request)
        noted: Noted | None = request.META.get(NOTED)
        if noted:
            seconds = time.perf_counter() - started
            metrics.agent_seconds.labels(noted.agent, ITSELF).observe(seconds)
        if noted and response.status_code in ANSWERED and settings.HISTORY_RECORDED:
            kept = results.kept_of(noted.agent, orjson.loads(response.content))
            charge = requests.charge_of(request)
            recording.record(noted, kept, charge=charge, at=timezone.now())
            if NAMED in request.META:
                request.META[RIDER] = recording.rider_of(noted, kept, is_cached=True)
        return response
