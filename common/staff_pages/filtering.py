"""Filters that an index answers: of days, and of values that are known beforehand."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, cast

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import RangeDateFilter

ONE_DAY = timedelta(days=1)


class BetweenDays(RangeDateFilter):  # type: ignore[misc]
    """From the beginning of one day up to the end of another (UTC)."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        first, last = (_midnight(self._given(edge)) for edge in ("from", "to"))
        if first is not None:
            queryset = queryset.filter(**{f"{self.field_path}__gte": first})
        if last is not None:
            queryset = queryset.filter(**{f"{self.field_path}__lt": last + ONE_DAY})
        return queryset

    def _given(self, edge: str) -> str:
        return str(self.used_parameters.get(f"{self.field_path}_{edge}", ""))


class OneOf(admin.SimpleListFilter):
    """Choices that are named here: to ask the table for its values reads all of it."""

    conditions: Mapping[str, Q] = {}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name) for name in self.conditions]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.conditions.get(self.value() or "")
        return queryset if chosen is None else queryset.filter(chosen)


def one_of(name: str, choices: Mapping[str, Q]) -> type[OneOf]:
    """Return a filter of this name, of which each choice is a condition."""
    about = {"title": name, "parameter_name": name.replace(" ", "_"), "conditions": choices}
    return cast("type[OneOf]", type("OneOf", (OneOf,), about))


def _midnight(text: str) -> datetime | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return datetime.combine(min(day, date.max - ONE_DAY), time.min, UTC)
