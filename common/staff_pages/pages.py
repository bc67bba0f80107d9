"""A list and its rows: quick with a million of them, and refusals are told at the top."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.admin import ShowFacets
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from unfold.admin import ModelAdmin

from common.errors import OracleError
from common.staff_pages.paging import CappedPaginator


class OraclePage(ModelAdmin):  # type: ignore[misc]
    """What a service refuses is told at the top of the page; nothing of it is done."""

    paginator: Any = CappedPaginator
    list_per_page = 50  # to write a row takes longer than to read it
    show_full_result_count = False
    show_facets = ShowFacets.NEVER  # they count the whole table for each choice of each filter
    list_disable_select_all = True
    list_filter_submit = True
    sortable_by: ClassVar[
        Sequence[str]
    ] = ()  # to sort a million rows takes an index: those name theirs

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return _told(super().changeform_view, request, *args, **kwargs)

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return _told(super().changelist_view, request, *args, **kwargs)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return _told(super().delete_view, request, *args, **kwargs)


class ReadOnlyPage(OraclePage):
    """Rows that are seen here, and made elsewhere."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _told(
    view: Callable[..., HttpResponse], request: HttpRequest, *args: Any, **kwargs: Any
) -> HttpResponse:
    try:
        return view(request, *args, **kwargs)
    except OracleError as error:
        messages.error(request, error.detail)
        return HttpResponseRedirect(request.get_full_path())
