"""What every page shows."""

from django.conf import settings
from django.http import HttpRequest

from common.version import VERSION


def everywhere(_request: HttpRequest) -> dict[str, object]:
    return {"version": VERSION, "live_url": settings.LIVE_URL}
