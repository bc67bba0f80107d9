"""Reports: ordered in a form, read on a page, taken along as a file."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from common.sending import attached
from omicsoracle.pages import selection
from omicsoracle.pages.asking import Refused, ask
from omicsoracle.pages.wanted import address_of

TYPES = (
    ("brief", "Brief", "a glance: three insights and a short list"),
    (
        "executive",
        "Executive",
        "for who decides: is there enough to work with, and what are the risks",
    ),
    (
        "technical",
        "Technical",
        "for who analyses: raw data, platforms, designs, quality by dimension",
    ),
    ("comprehensive", "Comprehensive", "all of it: comparisons, verdicts, one by one"),
)
USUAL_TYPE = "comprehensive"
SEPARATORS = re.compile(r"[\s,;]+")
FORM_REFUSALS = (HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND)


@dataclass(frozen=True, slots=True)
class Form:
    """A form that reports come in, as a file."""

    title: str
    extension: str
    media_type: str


FORMS = {
    "markdown": Form("Markdown", "md", "text/markdown; charset=utf-8"),
    "html": Form("HTML", "html", "text/html; charset=utf-8"),
    "json": Form("JSON", "json", "application/json"),
    "text": Form("plain text", "txt", "text/plain; charset=utf-8"),
}


@require_safe
@never_cache
@login_required
def order(request: HttpRequest) -> HttpResponse:
    """Show the form; what was chosen elsewhere stands in it already."""
    return render(request, "pages/report/order.html", _form(request))


@require_safe
@never_cache
@login_required
def read(request: HttpRequest) -> HttpResponse:
    """Show the report that an address asks for, or send it as a file."""
    wanted = request.GET.get("report_format", "")
    form = wanted if wanted in FORMS else "html"
    try:
        report = ask(request, "POST", "agents/report", body_of(request.GET, form=form)).data
    except Refused as refused:
        if refused.status not in FORM_REFUSALS:
            raise
        context = _form(request) | {"problem": refused.problem}
        return render(request, "pages/report/order.html", context, status=refused.status)
    if wanted in FORMS:
        return _file(report, FORMS[form])
    files = [
        (one.title, address_of(request.GET, report_format=name)) for name, one in FORMS.items()
    ]
    context = {"report": report, "files": files, "again": address_of(request.GET)}
    return render(request, "pages/report/read.html", context)


def body_of(params: QueryDict, *, form: str) -> dict[str, Any]:
    """Return the body that asks for the report of an address. What is missing the API names."""
    body: dict[str, Any] = {
        "report_type": params.get("report_type") or USUAL_TYPE,
        "report_format": form,
        "include_recommendations": not params.get("without_recommendations"),
    }
    if named := accessions_in(params.get("series", "")):
        body["dataset_ids"] = named
    if question := params.get("query", "").strip():
        body["query"] = question
    return body


def accessions_in(text: str) -> list[str]:
    """Return what stands in a text with spaces, commas or new lines between, each once."""
    return list(dict.fromkeys(one.upper() for one in SEPARATORS.split(text) if one))


def _form(request: HttpRequest) -> dict[str, Any]:
    params = request.GET
    return {
        "series": params.get("series") or " ".join(selection.of(request)),
        "query": params.get("query", ""),
        "types": TYPES,
        "type": params.get("report_type") or USUAL_TYPE,
        "forms": [(name, one.title) for name, one in FORMS.items()],
        "without_recommendations": params.get("without_recommendations"),
        "chosen": selection.of(request),
    }


def _file(report: Mapping[str, Any], form: Form) -> HttpResponse:
    text = report["full_report"]
    if form.extension == "html":
        text = render_to_string("pages/report/file.html", {"report": report})
    name = f"omicsoracle-report-{report['made_on']}.{form.extension}"
    return attached(HttpResponse(text, content_type=form.media_type), name)
