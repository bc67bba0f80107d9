"""A series, and what belongs to it."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from discovery.records import SERIES_ACCESSION
from omicsoracle.pages import selection
from omicsoracle.pages.asking import Refused, ask
from omicsoracle.pages.parts import is_part

SAMPLES_SHOWN, SIMILAR_SHOWN = 20, 5
FIXED = ("Sample", "Title", "Source", "Organism", "Platform")
DIMENSIONS = {
    "samples": "Number of samples",
    "controls": "Controls",
    "metadata": "Description",
    "publication": "Publication",
    "raw_data": "Raw data",
    "platform": "Platform",
    "age": "Age",
}
CITATIONS = {"bibtex": "BibTeX", "ris": "RIS", "csl-json": "CSL-JSON"}


@require_safe
@never_cache
@login_required
def page(request: HttpRequest, geo_id: str) -> HttpResponse:
    """Show a series; one that the catalogue does not hold NCBI may."""
    try:
        overview = ask(request, "GET", f"datasets/{geo_id}/overview").data
    except Refused as refused:
        if refused.status != HTTPStatus.NOT_FOUND:
            raise
        return _unknown(request, geo_id)
    series = overview["dataset"]
    context = {
        **overview,
        "one": series,
        "platforms": [(one, overview["platform_titles"].get(one)) for one in series["platforms"]],
        "dimensions": _dimensions(overview["quality"]),
        "written": [(form, CITATIONS[form], text) for form, text in overview["citations"].items()],
        "chosen": selection.of(request),
        **_samples(request, series["geo_id"]),
    }
    return render(request, "pages/dataset/page.html", context)


@require_safe
@never_cache
@login_required
def samples(request: HttpRequest, geo_id: str) -> HttpResponse:
    """Show a page of the sample table."""
    context = {"geo_id": geo_id.upper(), **_samples(request, geo_id, request.GET.get("cursor", ""))}
    return _shown(request, "samples", context)


@require_safe
@never_cache
@login_required
def similar(request: HttpRequest, geo_id: str) -> HttpResponse:
    """Show the series that are closest in meaning."""
    found = ask(
        request, "GET", f"datasets/{geo_id}/similar", query={"max_results": SIMILAR_SHOWN}
    ).data
    return _shown(request, "similar", found)


@require_safe
@never_cache
@login_required
def summary(request: HttpRequest, geo_id: str) -> HttpResponse:
    """Show what a series is about in points; whose tier has none learns which do."""
    context: dict[str, Any] = {"geo_id": geo_id.upper()}
    try:
        context |= ask(request, "POST", "agents/summarize", {"dataset_id": geo_id}).data
    except Refused as refused:
        if refused.code != "tier_required":
            raise
        return _shown(request, "no_summary", context, status=HTTPStatus.FORBIDDEN)
    return _shown(request, "summary", context)


def _shown(
    request: HttpRequest, name: str, context: Mapping[str, Any], *, status: int = HTTPStatus.OK
) -> HttpResponse:
    """Return a part of a series' page, as a page of its own to who has no htmx."""
    part = f"pages/dataset/{name}.html"
    if is_part(request):
        return render(request, part, context, status=status)
    return render(request, "pages/dataset/alone.html", {**context, "part": part}, status=status)


def _unknown(request: HttpRequest, geo_id: str) -> HttpResponse:
    accession = geo_id.strip().upper()
    is_one = SERIES_ACCESSION.fullmatch(accession) is not None
    context = {
        "geo_id": accession if is_one else "",
        "at_ncbi": "?" + urlencode({"q": accession, "source": "ncbi"}),
    }
    return render(request, "pages/dataset/unknown.html", context, status=HTTPStatus.NOT_FOUND)


def _dimensions(quality: Mapping[str, Any]) -> list[tuple[str, float | None, str]]:
    """Return what a verdict rests on: what it is called, its score, and why."""
    return [
        (DIMENSIONS.get(name, name), score, quality["explanations"].get(name, ""))
        for name, score in quality["dimensions"].items()
    ]


def _samples(request: HttpRequest, geo_id: str, cursor: str = "") -> dict[str, Any]:
    query = {"page_size": SAMPLES_SHOWN, "cursor": cursor}
    table = ask(request, "GET", f"datasets/{geo_id}/samples", query=query).data
    return {
        "columns": [*FIXED, *table["columns"]],
        "rows": [_cells(one, table["columns"]) for one in table["results"]],
        "next_samples": _cursor(table["next"]),
        "previous_samples": _cursor(table["previous"]),
    }


def _cells(sample: Mapping[str, Any], columns: list[str]) -> tuple[str, list[str]]:
    """Return the accession of a sample, and what its other columns say."""
    told = [sample["title"], sample["source_name"], ", ".join(sample["organisms"])]
    told += [sample["platform"], *(sample["characteristics"].get(one) for one in columns)]
    return sample["geo_id"], [one or "" for one in told]


def _cursor(address: str | None) -> str:
    """Return the query of our own page for a page that the API names."""
    found = parse_qs(urlsplit(address or "").query).get("cursor", [])
    return "?" + urlencode({"cursor": found[0]}) if found else ""
