"""The pages that belong to no app."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from common.error_kinds import KINDS


@require_safe
def errors(request: HttpRequest) -> HttpResponse:
    """What each code of a problem means: its `type` leads here."""
    kinds = sorted(KINDS.items(), key=lambda item: (item[1].status, item[0]))
    return render(request, "docs/errors.html", {"kinds": kinds})


@require_safe
def sockets(request: HttpRequest, place: str) -> HttpResponse:
    """Send on who opens a WebSocket here: without nginx in front, `live` has a port of its own."""
    if request.headers.get("Upgrade", "").lower() != "websocket":
        return HttpResponse("Only WebSockets here.", status=426, headers={"Upgrade": "websocket"})
    return HttpResponse(status=307, headers={"Location": settings.LIVE_URL + request.path})
