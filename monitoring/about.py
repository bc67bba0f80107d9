"""What a log line says of the request in whose course it is written."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject, empty

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER = "other"  # method: a caller may call theirs what they like

_request: ContextVar[HttpRequest | None] = ContextVar("request", default=None)


def current() -> HttpRequest | None:
    return _request.get()


@contextmanager
def bound(request: HttpRequest) -> Iterator[None]:
    """Let this be the request that lines are about, until the block ends."""
    token = _request.set(request)
    try:
        yield
    finally:
        _request.reset(token)


def method_of(request: HttpRequest) -> str:
    return request.method if request.method in METHODS else OTHER


def route_of(request: HttpRequest) -> str:
    """Return the pattern of the route, never the path: that may hold anything."""
    return str(request.resolver_match.route) if request.resolver_match else "unknown"


def user_id_of(request: HttpRequest) -> str | None:
    """Return who asks, if that is known already: to find out would cost a query."""
    user = getattr(request, "user", None)
    if isinstance(user, SimpleLazyObject) and user._wrapped is empty:  # noqa: SLF001 (whether it was looked at)
        return None
    if user is None or user.pk is None:
        return None
    return str(user.pk)
