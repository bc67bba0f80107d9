"""What the reader asked, and what came back."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from omicsoracle.pages.asking import ask
from omicsoracle.pages.confirming import ask_first
from omicsoracle.pages.forms import ApiForm, text
from omicsoracle.pages.paging import beside

AGENTS = (
    ("", "Anything"),
    ("search", "Searches"),
    ("report", "Reports"),
    ("workflow", "Workflows"),
    ("validate", "Quality checks"),
    ("summarize", "Summaries"),
    ("query", "Questions read"),
)
NARROWED_BY = ("q", "agent_type", "after", "until")


class NarrowForm(ApiForm):
    """By what the list is narrowed."""

    q = text("Words", type="search", maxlength=500, placeholder="liver -mouse")
    agent_type = forms.ChoiceField(label="What was asked", choices=AGENTS, required=False)
    after = text("From", type="date")
    until = text("To", type="date")

    def query(self) -> dict[str, str]:
        """Return what the API is asked for: `before` is the day after the last one."""
        given = {name: self.data.get(name, "").strip() for name in NARROWED_BY}
        until = given.pop("until")
        try:
            given["before"] = (date.fromisoformat(until) + timedelta(1)).isoformat()
        except (ValueError, OverflowError):
            given["before"] = until  # the API says what is wrong with it
        return {name: value for name, value in given.items() if value}


@never_cache
@login_required
@require_safe
def queries(request: HttpRequest) -> HttpResponse:
    """List what was asked, the newest first."""
    form = NarrowForm(request.GET)
    narrowed = form.query()
    query = {**narrowed, "cursor": request.GET.get("cursor")}
    listed = ask(request, "GET", "history/queries", query=query).data
    context = {
        "form": form,
        "queries": listed["results"],
        "beside": beside(request, listed),
        "is_narrowed": bool(narrowed),
        "narrowed": urlencode(narrowed),
    }
    return render(request, "pages/history/queries.html", context)


@never_cache
@login_required
@require_safe
def query(request: HttpRequest, query_id: UUID) -> HttpResponse:
    """Show a question, and the result as it was."""
    told = ask(request, "GET", f"history/queries/{query_id}").data
    context = {"one": told, "search": _search_of(told)}
    return render(request, "pages/history/query.html", context)


@never_cache
@login_required
@require_POST
def again(request: HttpRequest, query_id: UUID) -> HttpResponse:
    """Ask the same once more, and show the answer of now."""
    answer = ask(request, "POST", f"history/queries/{query_id}/again").data
    return render(request, "pages/history/again.html", {"answer": answer, "query_id": query_id})


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def forget(request: HttpRequest, query_id: UUID) -> HttpResponse:
    if request.method == "POST":
        ask(request, "DELETE", f"history/queries/{query_id}")
        messages.success(request, "It is deleted.")
        return redirect("history-page")
    return ask_first(
        request,
        title="Delete this from your history?",
        says="The question and what is kept of its result are gone for good. Your usage stays as it is.",
        button="Yes, delete it",
        stay="Keep it",
        back=reverse("history-one", args=[query_id]),
    )


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def forget_all(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        ask(request, "DELETE", "history/queries")
        messages.success(request, "Your history is empty.")
        return redirect("history-page")
    return ask_first(
        request,
        title="Delete all of your history?",
        says="All that you asked until now is gone for good, on every page of the list. Batch jobs and"
        " their results stay. To keep a copy, export it first.",
        button="Yes, delete all of it",
        stay="Keep it",
        back=reverse("history-page"),
    )


def _search_of(told: Mapping[str, Any]) -> str | None:
    """Return the address of the page that asks a search again; None for all else."""
    asked = told["asked"]
    if told["agent_type"] != "search" or not asked.get("query"):
        return None
    more = {name: asked[name] for name in ("mode", "source") if asked.get(name)}
    kept = (asked.get("filters") or {}).items()
    filters = {
        name: str(value).lower() if isinstance(value, bool) else value for name, value in kept
    }
    return f"{reverse('search')}?{urlencode({'q': asked['query'], **more, **filters})}"
