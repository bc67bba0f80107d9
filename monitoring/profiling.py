"""Where the time of one request goes, in the process that answers staff just now.

A profile is of a request that reads: it is sent inwardly, as whoever asks, through all middleware.
How long that may take the request's own limits say; one at a time in a process.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass

from django.core.handlers.base import BaseHandler
from django.http import HttpRequest
from django.test import RequestFactory
from pyinstrument import Profiler

from common.errors import OracleError

INTERVAL = 0.001  # seconds between two looks at the stack
LONGEST_BODY = 10_000  # characters
# POST there changes nothing. All else is profiled by GET.
READING = "/api/v2/agents/"
ROOTS = ("/api/v2/", "/health")

_one_at_a_time = threading.Lock()


class CannotProfile(OracleError):
    """Only requests that read are profiled, one at a time."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What was answered, and the tree of calls with their seconds."""

    status: int
    text: str


def profile(*, path: str, body: str, cookies: Mapping[str, str]) -> Profile:
    """Answer a request while the time is taken.

    :param body: JSON for a POST; without it the request is a GET
    :param cookies: of who asks: the request is theirs
    :raises CannotProfile: if the request is none that is profiled, or another one is
    """
    if not path.startswith(ROOTS) or (body and not path.startswith(READING)):
        raise CannotProfile(
            "Give a path below /api/v2/; a body goes only to /api/v2/agents/, where it changes nothing."
        )
    if len(body) > LONGEST_BODY:
        raise CannotProfile(f"The body may have {LONGEST_BODY:,} characters.")
    if not _one_at_a_time.acquire(blocking=False):
        raise CannotProfile("Another profile is being taken. Try again in a moment.")
    try:
        return _taken(_request(path, body, cookies))
    finally:
        _one_at_a_time.release()


def _taken(request: HttpRequest) -> Profile:
    handler = BaseHandler()
    handler.load_middleware()
    with Profiler(interval=INTERVAL, async_mode="disabled") as profiler:
        response = handler.get_response(request)
    return Profile(response.status_code, profiler.output_text(unicode=True, show_all=False))


def _request(path: str, body: str, cookies: Mapping[str, str]) -> HttpRequest:
    headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
    factory = RequestFactory(headers=headers)
    request: HttpRequest = (
        factory.post(path, body, content_type="application/json") if body else factory.get(path)
    )
    request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]  # noqa: SLF001 (the form that led here was checked)
    return request
