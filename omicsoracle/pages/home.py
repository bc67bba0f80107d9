"""The first page."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from omicsoracle.pages.asking import Refused, ask
from omicsoracle.pages.examples import EXAMPLES

LAST_SHOWN = 5


@never_cache
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    context = {"examples": EXAMPLES, "questions": _last_questions(request)}
    return render(request, "pages/home.html", context)


def _last_questions(request: HttpRequest) -> list[dict[str, Any]]:
    """Return what the reader asked last, each once; nothing if the API does not tell."""
    if not request.user.is_authenticated:
        return []
    wanted = {"agent_type": "search", "page_size": 2 * LAST_SHOWN}
    try:
        found = ask(request, "GET", "history/queries", query=wanted).data["results"]
    except Refused:
        return []
    by_question = {one["query_text"]: one for one in reversed(found)}
    return sorted(by_question.values(), key=lambda one: one["created_at"], reverse=True)[
        :LAST_SHOWN
    ]
