"""Lists as CSV, for who may take them away: with the filters that are set, and in the audit log."""

import json
from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse

from common.audit_trail import note
from common.cells import csv_lines
from common.sending import attached
from common.staff_pages.pages import OraclePage

MOST = 100_000  # rows
AT_ONCE = 1_000


class Exported(OraclePage):
    """A page whose list can be had as a file. `exported` names its columns: `user.email` is one, too."""

    exported: ClassVar[list[str]] = []
    list_after_template = "staff/export.html"

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Seeing rows one by one is less than to have them all: the role must say so."""
        return bool(request.user.has_perm(f"{self.opts.app_label}.export_{self.opts.model_name}"))

    def get_urls(self) -> list[URLPattern]:
        export = self.admin_site.admin_view(self.export)
        return [path("export/", export, name=self._name("export")), *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        address = f"{self._address('export')}?{request.GET.urlencode()}"
        ours = {"export_address": address if self.has_export_permission(request) else ""}
        return super().changelist_view(request, {**(extra_context or {}), **ours})

    def export(self, request: HttpRequest) -> HttpResponseBase:
        """Send what the list shows, all pages of it, newest first."""
        if not self.has_export_permission(request):
            raise PermissionDenied
        try:
            found = self.get_changelist_instance(request).get_queryset(request).order_by("-pk")
        except IncorrectLookupParameters:
            return self._back(request, "There is no such filter. Set one in the list.")
        count = found.order_by()[: MOST + 1].count()
        if count > MOST:
            return self._back(request, f"These are more than {MOST:,} rows. Set a filter first.")
        # By what was filtered, not for what: that may name somebody.
        what = {"list": self.opts.label_lower, "rows": count, "by": sorted(request.GET)}
        note("list.exported", actor=request.user, what=what)
        rows = (self._cells(row) for row in _rows(found))
        answer = StreamingHttpResponse(
            csv_lines(chain([self.exported], rows)), content_type="text/csv; charset=utf-8"
        )
        return attached(answer, f"{self.opts.model_name}.csv")

    def _back(self, request: HttpRequest, why: str) -> HttpResponse:
        messages.error(request, why)
        return HttpResponseRedirect(self._address("changelist"))

    def _address(self, view: str) -> str:
        return reverse(f"admin:{self._name(view)}")

    def _name(self, view: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{view}"

    def _cells(self, row: Any) -> list[str]:
        return [_cell(row, name.split(".")) for name in self.exported]


def _rows(found: QuerySet[Any]) -> Iterator[Any]:
    """Yield the rows by page: no transaction stays open while somebody reads slowly."""
    page = list(found[:AT_ONCE])
    while page:
        yield from page
        page = list(found.filter(pk__lt=page[-1].pk)[:AT_ONCE])


def _cell(row: Any, names: list[str]) -> str:
    value = row
    for name in names:
        try:
            value = getattr(value, name, None)
        except ObjectDoesNotExist:  # of an account that is gone
            value = None
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return "" if value is None else str(value)
