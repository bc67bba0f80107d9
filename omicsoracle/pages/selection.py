"""The series that somebody puts aside for a report, kept in the browser's session."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from discovery.records import SERIES_ACCESSION
from omicsoracle.pages.parts import is_part

KEPT_AS = "chosen"  # in the session
MOST = 100  # as many as the API takes for one report


def of(request: HttpRequest) -> list[str]:
    """Return the accessions, in the order in which they were chosen."""
    kept: list[str] = request.session.get(KEPT_AS, [])
    return kept


@require_POST
@never_cache
@login_required
def change(request: HttpRequest) -> HttpResponse:
    """Put a series in (`add`), take one out (`remove`), or take out all (`clear`)."""
    before = of(request)
    added, removed = request.POST.get("add", ""), request.POST.get("remove", "")
    chosen = [] if "clear" in request.POST else [one for one in before if one != removed]
    if SERIES_ACCESSION.fullmatch(added) and added not in chosen and len(chosen) < MOST:
        chosen = [*chosen, added]
    request.session[KEPT_AS] = chosen
    if is_part(request):
        context = {"chosen": chosen, "geo_id": added or removed, "is_full": len(chosen) >= MOST}
        return render(request, "pages/selection/changed.html", context)
    return HttpResponseRedirect(_back(request))


def _back(request: HttpRequest) -> str:
    wanted = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()})
    return wanted if is_ours else reverse("reports")
