"""From nothing to a first answer, in whatever somebody works with."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from omicsoracle.pages import as_code
from omicsoracle.pages.asking import ask
from omicsoracle.pages.examples import EXAMPLES


@never_cache
@require_safe
def quick_start(request: HttpRequest) -> HttpResponse:
    site = request.build_absolute_uri("/")
    context: dict[str, Any] = {
        "keys": _live_keys(request) if request.user.is_authenticated else [],
        "variable": as_code.KEY,
        "setting": f'export {as_code.KEY}="oo_…"',
        "codes": as_code.of_search(site, {"query": EXAMPLES[0]}),
        "commands": as_code.commands(site, EXAMPLES[0]),
        "agents": as_code.agents(_address_for_agents()),
    }
    return render(request, "pages/quick_start.html", context)


def _live_keys(request: HttpRequest) -> list[dict[str, Any]]:
    keys = ask(request, "GET", "users/api-keys").data["results"]
    return [one for one in keys if not one["revoked_at"]]


def _address_for_agents() -> str:
    """Return where the `live` process answers agents: beside its sockets."""
    live: str = settings.LIVE_URL
    return live.replace("ws", "http", 1) + "/mcp"
