"""Every route of the API, as the URL resolver knows them."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
BASE = "api/v2/"
# What may be called without a credential. All else needs one.
PUBLIC = {
    "api/v2/auth/email/verify",
    "api/v2/auth/login",
    "api/v2/auth/oauth/<str:provider>",
    "api/v2/auth/oauth/providers",
    "api/v2/auth/password/reset",
    "api/v2/auth/password/reset/confirm",
    "api/v2/auth/refresh",
    "api/v2/auth/register",
}
PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>")
SAMPLES = {"str": "GSE2034", "int": "1", "slug": "one", "path": "a/b", "uuid": str(UUID(int=7))}


def routes() -> list[str]:
    """Return the routes below /api/v2/, sorted.

    :raises AssertionError: if one is a regular expression, which nobody can fill in
    """
    return sorted({route for route, _ in _below(get_resolver(), "") if route.startswith(BASE)})


def writes() -> list[tuple[str, str]]:
    """Return (method, route) of every call that may take a body."""
    return sorted(
        (method, route)
        for route, view in _below(get_resolver(), "")
        if route.startswith(BASE)
        for method in ("POST", "PUT", "PATCH", "DELETE")
        if hasattr(view.cls, method.lower())
    )


def parameters(route: str) -> list[str]:
    return [name for _, name in PARAMETER.findall(route)]


def filled(route: str, **values: object) -> str:
    """Return the path of a route with these values of its parameters."""
    return "/" + PARAMETER.sub(lambda found: str(values[found[2]]), route)


def private() -> list[str]:
    return [route for route in routes() if route not in PUBLIC]


def path_of(route: str) -> str:
    return "/" + PARAMETER.sub(lambda found: SAMPLES[found[1] or "str"], route)


def _below(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, Any]]:
    for entry in resolver.url_patterns:
        here = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            assert isinstance(entry.pattern, RoutePattern) or not here.startswith(BASE), here
            yield here, entry.callback
        else:
            yield from _below(entry, here)
