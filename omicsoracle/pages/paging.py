"""Lists in pages: from the API's cursors to addresses of the same page."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.http import HttpRequest


def beside(request: HttpRequest, listed: Mapping[str, Any]) -> dict[str, str | None]:
    """Return the addresses of the pages before and after this one, as the API's answer tells them."""
    return {name: _page_at(request, listed[name]) for name in ("previous", "next")}


def _page_at(request: HttpRequest, url: str | None) -> str | None:
    cursors = parse_qs(urlsplit(url or "").query).get("cursor", [])
    # Without a cursor `previous` leads to the first page.
    if url is None:
        return None
    query = request.GET.copy()
    query.pop("cursor", None)
    if cursors:
        query["cursor"] = cursors[0]
    return f"?{query.urlencode()}"
