"""The pages that belong to no app."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import get_template
from django.views.decorators.csrf import requires_csrf_token
from django.views.decorators.http import require_safe

from common import request_id
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


@requires_csrf_token
def server_error(request: HttpRequest) -> HttpResponse:
    """Say by which name the fault can be found. Nothing is asked of the database: that may be what failed."""
    page = get_template("500.html").render({"request_id": request_id.current()})
    return HttpResponse(page, status=500)
