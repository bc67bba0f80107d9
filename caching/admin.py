"""The cache for staff: how it does, what it holds, and what can be done about it."""

import json
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST

from caching import services
from caching.keys import NAMESPACES
from caching.models import SearchCache, Statistic, Warming
from caching.serializers import InvalidateSerializer, WarmSerializer
from caching.staff import MAY_INVALIDATE_ANY
from common.audit_trail import note
from common.staff_pages import ReadOnlyPage, one_of

HOURS = 24
COLOURS = {"l1": "var(--color-primary-400)", "l2": "var(--color-primary-600)"}
COLOURS |= {"l3": "var(--color-primary-800)", "made": "var(--color-base-400)"}


@admin.register(SearchCache)
class SearchCacheAdmin(ReadOnlyPage):
    """The third level's answers, below the figures of all three."""

    list_display = ["query_text", "namespace", "bytes", "access_count", "created_at", "expires_at"]
    list_filter = [one_of("namespace", {name: Q(namespace=name) for name in NAMESPACES})]
    search_fields = ["query_text"]
    ordering = ["-id"]
    fields = ["id", "namespace", "query_text", "query_hash", "bytes", "access_count", "tags"]
    fields += ["created_at", "accessed_at", "expires_at"]
    list_before_template = "caching/figures.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[SearchCache]:
        """Leave the answers where they are: each may be a megabyte."""
        found: QuerySet[SearchCache] = super().get_queryset(request)
        return found.defer("results", "envelope")

    def get_urls(self) -> list[URLPattern]:
        act = self.admin_site.admin_view(self.act)
        return [path("act/", act, name="caching_act"), *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        now = timezone.now()
        ours = {
            "figures": services.figures(at=now),
            "chart": json.dumps(_by_hour(now)),
            "warmings": Warming.objects.order_by("-pk")[:5],
            "may_act": request.user.has_perm(MAY_INVALIDATE_ANY),
            "warm_top": settings.CACHE_WARM_TOP,
        }
        return super().changelist_view(request, {**(extra_context or {}), **ours})

    @method_decorator(require_POST)
    def act(self, request: HttpRequest) -> HttpResponse:
        """Do what one of the buttons says, and tell what came of it."""
        if not request.user.has_perm(MAY_INVALIDATE_ANY):
            raise PermissionDenied
        acts = {"clear": _clear, "invalidate": _invalidate, "warm": _warm}
        act = acts.get(request.POST.get("act", ""))
        if act is None:
            messages.error(request, "There is no such action.")
        else:
            act(request)
        return HttpResponseRedirect(reverse("admin:caching_searchcache_changelist"))


def _clear(request: HttpRequest) -> None:
    count = services.clear_all()
    note("cache.cleared", actor=request.user, what={"count": count})
    messages.success(request, f"All levels are empty: {count} answers will be made anew.")


def _invalidate(request: HttpRequest) -> None:
    given = {"dataset_id": request.POST.get("dataset_id", "").strip()}
    body = InvalidateSerializer(data=given)
    if not body.is_valid():
        messages.error(request, "That is no accession of a series: they look like GSE2034.")
        return
    count = services.invalidate(body.chosen())
    note("cache.invalidated", actor=request.user, what={**given, "count": count})
    messages.success(request, f"{count} answers with {given['dataset_id']} will be made anew.")


def _warm(request: HttpRequest) -> None:
    body = WarmSerializer(data={"top": request.POST.get("top", "")})
    if not body.is_valid():
        messages.error(request, "How many? A number from 0 to 1000.")
        return
    warming = services.warm(questions=[], top=body.validated_data["top"], at=timezone.now())
    what = {"warming": str(warming.pk), "total": warming.total}
    note("cache.warmed", actor=request.user, what=what)
    messages.success(request, f"{warming.total} questions are being answered in advance.")


def _by_hour(now: datetime) -> dict[str, object]:
    """Return what Chart.js draws: questions by hour, and which level had the answer."""
    first = (now - timedelta(hours=HOURS - 1)).replace(minute=0, second=0, microsecond=0)
    hours = [first + timedelta(hours=number) for number in range(HOURS)]
    counts: dict[tuple[datetime, str], int] = defaultdict(int)
    rows = Statistic.objects.filter(hour__gte=first).values_list("hour", "level", "event")
    for hour, level, event, total in rows.annotate(total=Sum("amount")):
        if event == "hits":
            counts[hour, level] += total
            counts[hour, "made"] -= total
        if level == "l1" and event in {"hits", "misses"}:
            counts[hour, "made"] += total
    return {
        "labels": [f"{hour:%H}:00" for hour in hours],
        "datasets": [
            {
                "label": name,
                "data": [max(0, counts[hour, name]) for hour in hours],
                "backgroundColor": colour,
                "stack": "questions",
            }
            for name, colour in COLOURS.items()
        ],
    }
