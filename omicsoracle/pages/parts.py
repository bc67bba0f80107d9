"""Parts of pages, which htmx puts into those that are there."""

from django.http import HttpRequest


def is_part(request: HttpRequest) -> bool:
    """Say whether only a part is wanted; who goes back in time wants a whole page."""
    headers = request.headers
    return bool(headers.get("HX-Request")) and not headers.get("HX-History-Restore-Request")
