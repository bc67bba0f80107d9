"""The answer to a question."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from common.sending import attached
from omicsoracle.pages import as_code, examples, exporting, selection
from omicsoracle.pages.asking import Refused, ask
from omicsoracle.pages.facets import facets_of
from omicsoracle.pages.marking import Marker
from omicsoracle.pages.parts import is_part
from omicsoracle.pages.wanted import (
    MOST_RESULTS,
    USUAL_RESULTS,
    Narrowing,
    address_of,
    body_of,
    narrowings,
)

MORE = (50, MOST_RESULTS)
FILTERED = ("organism", "assay")  # names that become filters


@never_cache
@require_safe
def results(request: HttpRequest) -> HttpResponse:
    """Show who is signed in any answer, and everybody those to the examples."""
    question = request.GET.get("q", "").strip()
    if not question:
        return redirect("home")
    if request.user.is_authenticated:
        return _answered(request, question)
    answer = examples.answer_to(question) if set(request.GET) == {"q"} else None
    if answer is None:
        return redirect_to_login(request.get_full_path())
    return render(request, "pages/search/results.html", _context(request, question, answer))


@require_safe
@never_cache
@login_required
def export(request: HttpRequest) -> HttpResponse:
    """Send the series of an answer as a file."""
    answer = ask(request, "POST", "agents/search", body_of(request.GET)).data
    form = exporting.FORMATS.get(request.GET.get("format", ""), exporting.FORMATS["csv"])
    file = HttpResponse(form.write(answer), content_type=form.media_type)
    return attached(file, f"omicsoracle-search.{form.extension}")


def _answered(request: HttpRequest, question: str) -> HttpResponse:
    context: dict[str, Any] = {"question": question}
    status = HTTPStatus.OK
    try:
        answer = ask(request, "POST", "agents/search", body_of(request.GET)).data
    except Refused as refused:
        if refused.status != HTTPStatus.BAD_REQUEST:
            raise
        context |= {"problem": refused.problem, "params": request.GET, "is_known": True}
        status = HTTPStatus.BAD_REQUEST
    else:
        context = _context(request, question, answer)
    template = "pages/search/part.html" if is_part(request) else "pages/search/results.html"
    return render(request, template, context, status=status)


def _context(request: HttpRequest, question: str, answer: Mapping[str, Any]) -> dict[str, Any]:
    entities = answer.get("entities", [])
    named = [one[name] for one in entities for name in ("text", "canonical")]
    filters = narrowings(answer["filters_applied"], request.GET)
    return {
        "question": question,
        "answer": answer,
        "params": request.GET,
        "is_known": request.user.is_authenticated,
        "facets": facets_of(answer["facets"], request.GET),
        "filters": filters,
        "read_as": _read_as(answer, entities, filters),
        "marker": Marker([*answer["search_terms_used"], *named]),
        "more": _more(answer, request.GET),
        "chosen": selection.of(request),
        "codes": as_code.of_search(request.build_absolute_uri("/"), body_of(request.GET)),
        **_addresses(answer, request.GET),
    }


def _read_as(
    answer: Mapping[str, Any], entities: list[dict[str, Any]], filters: list[Narrowing]
) -> str:
    """Return in a line how a question was read; what is a filter is told as that only."""
    names = [one["canonical"] for one in entities if not (filters and one["type"] in FILTERED)]
    told = [*names, *(one.says for one in filters)] or answer["search_terms_used"]
    return ", ".join([*told, *(f"without {one}" for one in answer["excluded"])])


def _addresses(answer: Mapping[str, Any], params: QueryDict) -> dict[str, str]:
    return {
        "here": address_of(params),
        "as_meant": address_of(params, q=answer["did_you_mean"]),
        "at_ncbi": address_of(params, source="ncbi"),
        "with_csv": address_of(params, format="csv"),
        "with_json": address_of(params, format="json"),
    }


def _more(answer: Mapping[str, Any], params: QueryDict) -> list[tuple[int, str]]:
    """Return how many series could be shown instead, and where."""
    shown, found = len(answer["datasets"]), answer["total_found"]
    if shown < USUAL_RESULTS or found <= shown:
        return []
    return [
        (most, address_of(params, max_results=str(most)))
        for before, most in zip((0, *MORE), MORE, strict=False)
        if shown < most and found > before
    ]
