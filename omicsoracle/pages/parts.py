"""Parts of pages, which htmx puts into those that are there."""

from typing import Any

from django.http import HttpRequest


def is_by_htmx(request: Any) -> bool:
    """Say whether htmx asks, and not the browser: `HtmxMiddleware` has read it."""
    return bool(request.htmx)


def is_part(request: HttpRequest) -> bool:
    """Say whether only a part is wanted; who goes back in time wants a whole page."""
    page: Any = request
    return is_by_htmx(request) and not page.htmx.history_restore_request
