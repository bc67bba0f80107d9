"""What a page shows that the API refuses."""

from collections.abc import Callable
from datetime import timedelta

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django_htmx.http import HttpResponseClientRedirect

from omicsoracle.pages.asking import Refused
from omicsoracle.pages.parts import is_by_htmx

PASSED_ON = ("Retry-After", "WWW-Authenticate")


class RefusalMiddleware:
    """Show refusals as pages: who is to sign in does, who is to wait learns until when.

    Where htmx asked for a part and is sent elsewhere, the whole page goes there.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        if isinstance(response, HttpResponseRedirect) and is_by_htmx(request):
            return HttpResponseClientRedirect(response.url)
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, Refused):
            return None
        if error.code == "not_authenticated":
            return redirect_to_login(request.get_full_path())
        return refusal_page(request, error)


def refusal_page(request: HttpRequest, refused: Refused) -> HttpResponse:
    """Return the page of a refusal, or only its part that htmx puts into a page."""
    is_part = is_by_htmx(request)
    template = "pages/refusal.html" if is_part else "pages/refused.html"
    page = render(request, template, context_of(refused), status=refused.status)
    if is_part:
        page["HX-Reselect"] = ".refusal"  # whatever part of the page was asked for
    return passed_on(refused, page)


def context_of(refused: Refused) -> dict[str, object]:
    """Return what `pages/refusal.html` shows."""
    wait = refused.problem.get("retry_after")
    until = timezone.now() + timedelta(seconds=float(wait)) if wait else None
    return {"problem": refused.problem, "until": until}


def passed_on(refused: Refused, page: HttpResponse) -> HttpResponse:
    """Let a page say in its headers what the API said."""
    for name in PASSED_ON:
        if name in refused.headers:
            page[name] = refused.headers[name]
    return page
