"""The pages that belong to no app."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from common.errors import KINDS


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "home.html")


@require_safe
def errors(request: HttpRequest) -> HttpResponse:
    """What each code of a problem means: its `type` leads here."""
    kinds = sorted(KINDS.items(), key=lambda item: (item[1].status, item[0]))
    return render(request, "docs/errors.html", {"kinds": kinds})
