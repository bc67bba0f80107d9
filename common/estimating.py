"""How many rows large tables have, about: as PostgreSQL knows from its last look at them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection, models
from django.db.models import Count

EXACT_UP_TO = 10_000  # rows that are counted
SIZE = "select reltuples::bigint from pg_class where oid = to_regclass(%s)"
SHARES = """
select most_common_vals::text::text[], most_common_freqs from pg_stats
where schemaname = any(current_schemas(false)) and tablename = %s and attname = %s
"""


@dataclass(frozen=True, slots=True)
class Number:
    """How many, and whether that was counted."""

    value: int
    is_exact: bool

    def __str__(self) -> str:
        return f"{self.value:,}" if self.is_exact else f"about {self.value:,}"


def rows(found: "models.QuerySet[Any]") -> Number:
    """Return how many rows a table has, of which this queryset has all: counted if they are few."""
    with connection.cursor() as cursor:
        cursor.execute(SIZE, [_about(found).db_table])
        known = cursor.fetchone()[0] or 0
    if known > EXACT_UP_TO:
        return Number(known, is_exact=False)
    count = found[: EXACT_UP_TO + 1].count()
    return Number(count, is_exact=count <= EXACT_UP_TO)


def by_value(found: "models.QuerySet[Any]", field: str) -> Mapping[str, Number]:
    """Return how many rows have which of the commonest values of a column."""
    whole, about = rows(found), _about(found)
    if whole.is_exact:
        counted = found.order_by().values_list(field).annotate(Count("pk"))
        return {value: Number(count, is_exact=True) for value, count in counted}
    with connection.cursor() as cursor:
        cursor.execute(SHARES, [about.db_table, about.get_field(field).column])
        values, shares = cursor.fetchone() or ([], [])
    return {
        value: Number(round(share * whole.value), is_exact=False)
        for value, share in zip(values or [], shares or [], strict=True)
    }


def _about(found: "models.QuerySet[Any]") -> Any:
    return found.model._meta  # noqa: SLF001 (documented)
