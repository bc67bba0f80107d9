"""While the service is worked on, nobody but staff is served."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from rest_framework.request import Request

from accounts.authentication import OneCredential
from accounts.models import User
from common.errors import OracleError
from common.problems import refusal_at
from monitoring import flags
from monitoring.flags import SwitchedOff

# Whoever watches the service, and what staff sign in by.
OPEN = ("/health", "/metrics", "/admin/", "/login", "/logout", "/api/v2/auth/log")
CREDENTIALS = ("HTTP_AUTHORIZATION", "HTTP_X_API_KEY")


class MaintenanceMiddleware:
    """Answer 503 as long as the flag `maintenance` is on: a page for people, a problem for programs."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if flags.in_maintenance() and not _gets_through(request):
            error = SwitchedOff("OmicsOracle is being worked on. Try again in a few minutes.")
            return refusal_at(request.path, error)
        return self._get_response(request)


def _gets_through(request: HttpRequest) -> bool:
    return request.path_info.startswith(OPEN) or _is_of_staff(request)


def _is_of_staff(request: HttpRequest) -> bool:
    """Say whether a credential, or without one the browser, is somebody's of the staff."""
    if not any(name in request.META for name in CREDENTIALS):
        return isinstance(request.user, User) and request.user.is_staff
    try:
        found = OneCredential().authenticate(Request(request))
    except OracleError:
        return False
    return found is not None and found[0].is_staff
