"""Limits around every call of the API."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from common.errors import OracleError
from common.problems import problem_response
from quotas.services import requests

API = "/api/"


class QuotaMiddleware:
    """Count what needs no credential by its address, and tell all callers of their limits.

    Calls with a credential are counted where it is read: `quotas.authentication`.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(API):
            return self._get_response(request)
        requests.charge_of(request)
        response = self._get_response(request)
        requests.finish(request, response)
        return response

    def process_view(
        self, request: HttpRequest, view: Any, args: object, kwargs: object
    ) -> HttpResponse | None:
        if not request.path_info.startswith(API) or _asks_who(view):
            return None
        try:
            requests.admit_stranger()
        except OracleError as refusal:
            return problem_response(refusal)
        return None


def _asks_who(view: Any) -> bool:
    return bool(getattr(getattr(view, "cls", None), "authentication_classes", ()))
