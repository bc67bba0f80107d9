"""The catalogue and workflows for staff: to look at, and to have read anew from GEO."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.postgres.search import SearchQuery
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from common.audit_trail import note
from common.errors import OracleError
from common.staff_pages import BetweenDays, ReadOnlyPage, asks_first
from discovery.models import Dataset, Harvest, Platform, Sample, Workflow
from discovery.services import harvests
from discovery.understanding import accessions_in

MAY_HARVEST = "discovery.add_harvest"
TEXT_SEARCH = "geo"
LONGEST_LIST = 20_000  # characters
MOST_READ = 1_000_000  # series


class OfAccessions(ReadOnlyPage):
    """Records of GEO: found by their accession, however somebody wrote it."""

    search_fields = ["accession"]
    search_help_text = "A whole accession."

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        return (queryset.filter(self.found_by(term)) if term else queryset), False

    def found_by(self, term: str) -> Q:
        return Q(accession=term.upper())


@admin.register(Dataset)
class DatasetAdmin(OfAccessions):
    list_display = ["accession", "title", "sample_count", "release_date", "updated_at"]
    search_help_text = "A whole accession, or words."
    sortable_by = ["accession"]
    ordering = ["-id"]
    actions = ["fetch_again"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Dataset]:
        found: QuerySet[Dataset] = super().get_queryset(request)
        route = request.resolver_match
        is_list = route is not None and str(route.url_name).endswith("_changelist")
        return found.only("accession", *self.list_display) if is_list else found

    def found_by(self, term: str) -> Q:
        if accessions_in(term):
            return super().found_by(term)
        words = SearchQuery(term, config=TEXT_SEARCH, search_type="websearch")
        return Q(search_document__document=words)

    def has_harvest_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(MAY_HARVEST))

    @admin.action(description="Read again from GEO", permissions=["harvest"])
    @asks_first()
    def fetch_again(self, request: HttpRequest, chosen: QuerySet[Dataset]) -> None:
        _begin(request, list(chosen.values_list("accession", flat=True)))


@admin.register(Sample)
class SampleAdmin(OfAccessions):
    list_display = ["accession", "title", "platform"]
    exclude = ["datasets"]


@admin.register(Platform)
class PlatformAdmin(OfAccessions):
    list_display = ["accession", "title"]


@admin.register(Workflow)
class WorkflowAdmin(ReadOnlyPage):
    """How workflows do. What was asked and answered is its owner's alone."""

    list_display = ["id", "user", "status", "progress", "created_at", "completed_at"]
    list_select_related = ["user"]
    list_filter = ["status", ("completed_at", BetweenDays)]
    search_fields = ["user__email"]
    sortable_by = ["completed_at"]
    ordering = ["-completed_at"]
    fields = ["id", "user", "status", "progress", "stage_results", "error", "request_id"]
    fields += ["created_at", "started_at", "completed_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Workflow]:
        """Leave where it is what nobody but the owner reads."""
        found: QuerySet[Workflow] = super().get_queryset(request)
        return found.defer("answer")


class HarvestForm(forms.Form):
    query = forms.CharField(max_length=harvests.LONGEST_QUERY, widget=UnfoldAdminTextInputWidget)
    at_most = forms.IntegerField(
        label="Read at most",
        min_value=1,
        max_value=MOST_READ,
        required=False,
        widget=UnfoldAdminIntegerFieldWidget,
    )
    is_full = forms.BooleanField(
        label="Whole records", required=False, widget=UnfoldBooleanSwitchWidget
    )


class AccessionsForm(forms.Form):
    accessions = forms.CharField(max_length=LONGEST_LIST, widget=UnfoldAdminTextareaWidget)


@admin.register(Harvest)
class HarvestAdmin(ReadOnlyPage):
    list_display = ["query", "kind", "position", "found", "last_error", "started_at", "finished_at"]
    list_filter = ["kind", ("finished_at", admin.EmptyFieldListFilter)]
    search_fields = ["query"]
    ordering = ["-started_at"]
    list_before_template = "discovery/harvests.html"
    actions = ["go_on"]

    def get_urls(self) -> list[URLPattern]:
        begin = self.admin_site.admin_view(self.begin)
        return [path("begin/", begin, name="discovery_harvest_begin"), *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        ours = {
            "may_harvest": request.user.has_perm(MAY_HARVEST),
            "of_query": HarvestForm(),
            "of_accessions": AccessionsForm(),
        }
        return super().changelist_view(request, {**(extra_context or {}), **ours})

    @method_decorator(require_POST)
    def begin(self, request: HttpRequest) -> HttpResponse:
        """Begin what one of the two forms says."""
        if not request.user.has_perm(MAY_HARVEST):
            raise PermissionDenied
        is_list = "accessions" in request.POST
        form = AccessionsForm(request.POST) if is_list else HarvestForm(request.POST)
        try:
            if not form.is_valid():
                _complain(request, form)
            elif is_list:
                _begin(request, accessions_in(form.cleaned_data["accessions"]))
            else:
                work = harvests.begin(**form.cleaned_data, at=timezone.now())
                what = {"harvest": str(work.pk), "query": work.query}
                note("harvest.begun", actor=request.user, what=what)
                messages.success(request, "Workers take what it finds into the catalogue.")
        except OracleError as error:
            messages.error(request, error.detail)
        return HttpResponseRedirect(reverse("admin:discovery_harvest_changelist"))

    def has_harvest_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(MAY_HARVEST))

    @admin.action(description="Go on with the unfinished ones", permissions=["harvest"])
    def go_on(self, request: HttpRequest, chosen: QuerySet[Harvest]) -> None:
        count = harvests.resume(harvest_ids=list(chosen.values_list("pk", flat=True)))
        note("harvest.continued", actor=request.user, what={"harvests": count})
        self.message_user(request, f"Workers go on with {count} harvests.")


def _begin(request: HttpRequest, accessions: Sequence[str]) -> None:
    begun = harvests.begin_with(accessions=accessions, at=timezone.now())
    what = {"harvests": len(begun), "series": len(accessions)}
    note("harvest.begun", actor=request.user, what=what)
    messages.success(request, f"Workers read {len(accessions)} series from GEO.")


def _complain(request: HttpRequest, form: forms.Form) -> None:
    for name, errors in form.errors.items():
        messages.error(request, f"{form.fields[name].label or name}: {' '.join(map(str, errors))}")
