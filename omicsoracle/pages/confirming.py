"""Asking first: a page of its own, or a dialog where there is htmx."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from omicsoracle.pages.parts import is_by_htmx


def ask_first(
    request: HttpRequest, *, title: str, says: str, button: str, back: str, stay: str = "Go back"
) -> HttpResponse:
    """Return what asks whether to do what a POST to the same address does.

    :param says: what will be gone, and what stays
    :param back: where the page leads who does not want it
    """
    context = {"title": title, "says": says, "button": button, "back": back, "stay": stay}
    is_part = is_by_htmx(request)
    template = "pages/confirming.html" if is_part else "pages/confirm.html"
    return render(request, template, context | {"is_part": is_part})
