"""How often one address may send a form. Sign-ins are counted exactly besides, by the services."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django_ratelimit.core import get_usage

from common import client_address
from common.errors import TooManyRequests

RATE = "60/5m"


def site_of_sender(_group: str, _request: HttpRequest) -> str:
    """Return whom django-ratelimit counts: our own idea of an address, IPv6 by its network."""
    return client_address.site_of(client_address.current())


def refusal(request: HttpRequest) -> TooManyRequests | None:
    """Count a form that was sent; return why it is refused, if it is one too many.

    Without Valkey nothing is counted: the forms go on working.
    """
    usage: dict[str, Any] | None = get_usage(
        request,
        group="accounts.forms",
        key=site_of_sender,
        rate=RATE,
        method=["POST"],
        increment=True,
    )
    if not usage or not usage["should_limit"]:
        return None
    return TooManyRequests(
        "Too many forms came from your address. Wait a moment, then send it again.",
        retry_after=usage["time_left"],
        policy="forms",
    )


def refused_page(request: HttpRequest, error: TooManyRequests) -> HttpResponse:
    status = error.status
    page = render(request, "accounts/refused.html", {"error": error}, status=status)
    for name, value in error.headers.items():
        page[name] = value
    return page
