"""The answer to a question."""

from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from omicsoracle.pages import examples
from omicsoracle.pages.asking import ask

FILTERS = ("organism", "study_type", "min_samples", "max_samples", "platform")
FILTERS += ("released_after", "released_before", "has_publication", "has_raw_data")


@never_cache
@require_safe
def results(request: HttpRequest) -> HttpResponse:
    """Show who is signed in any answer, and everybody those to the examples."""
    question = request.GET.get("q", "").strip()
    if not question:
        return redirect("home")
    if request.user.is_authenticated:
        answer = ask(request, "POST", "agents/search", body_of(request)).data
    else:
        answer = examples.answer_to(question)
    if answer is None:
        return redirect_to_login(request.get_full_path())
    return render(request, "pages/results.html", {"question": question, "answer": answer})


def body_of(request: HttpRequest) -> dict[str, Any]:
    """Return the body that asks for what the address of a page says."""
    filters = {name: request.GET[name] for name in FILTERS if request.GET.get(name)}
    body: dict[str, Any] = {"query": request.GET.get("q", "").strip()}
    return body | ({"filters": filters} if filters else {})
