"""Flower's pages, for staff who may see jobs: to look, not to change anything."""

from csp.decorators import csp_replace
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from batch import flower
from batch.flower import READ_BY_POST, FlowerAway

# Its pages set one variable in a script of their own, and styles as they run.
with_its_scripts = csp_replace(
    {"script-src": ["'self'", "'unsafe-inline'"], "style-src": ["'self'", "'unsafe-inline'"]}
)


@csrf_exempt  # nothing can be changed here
@require_http_methods(["GET", "HEAD", "POST"])
def _page(request: HttpRequest, place: str = "") -> HttpResponse:
    if not request.user.has_perm("batch.view_batchjob"):
        raise PermissionDenied
    form = request.body if request.method == "POST" else None
    if form is not None and place != READ_BY_POST:
        return HttpResponseNotAllowed(["GET", "HEAD"])
    try:
        got = flower.ask(place, query=request.META.get("QUERY_STRING", ""), form=form)
    except FlowerAway as away:
        return HttpResponse(away.detail, status=away.status, content_type="text/plain")
    # Neither its cookies nor where it would lead: both are of another server.
    return HttpResponse(
        got.content, status=got.status_code, content_type=got.headers.get("content-type")
    )


page = with_its_scripts(never_cache(admin.site.admin_view(_page)))
