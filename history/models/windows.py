"""Pages of what an index finds in no order: out of the newest months first, until the page is full.

An index of words knows nothing of time. Asked for all months at once it fetches whatever somebody ever
wrote with these words, and most of it for nothing.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.db.models.expressions import Col
from django.db.models.lookups import Lookup
from django.db.models.query import ModelIterable
from django.utils import timezone

MOMENT = "created_at"
SINCE, BEFORE = f"{MOMENT}__gte", f"{MOMENT}__lt"
MONTHS = 3  # in the second window; the first is the month in which it begins, the third all else
UP_TO, FROM = frozenset({"lt", "lte"}), frozenset({"gt", "gte"})


class MonthsInTurn(ModelIterable[Any]):
    """Reads the first rows of an order by time from one stretch of months after the other.

    The rows are those that the query as a whole has, in its order.
    """

    def __iter__(self) -> Iterator[Any]:
        query = self.queryset.query
        first, end = query.low_mark, query.high_mark
        if end is None:
            yield from super().__iter__()
            return
        read = 0
        for window in _windows(self.queryset):
            for row in _within(self.queryset, window, end - read):
                read += 1
                if read > first:
                    yield row
            if read == end:
                return


def _within(found: QuerySet[Model], window: Q, most: int) -> QuerySet[Model]:
    whole = found.all()
    whole.query.clear_limits()
    whole._iterable_class = ModelIterable  # noqa: SLF001 (as `values` sets it)
    return whole.filter(window)[:most]


def _windows(found: QuerySet[Model]) -> Iterator[Q]:
    """Yield conditions that together let every row through once, in the order of the query."""
    now = timezone.now()
    first, last = _bounds(found, FROM), _bounds(found, UP_TO)
    if str(found.query.order_by[0]).startswith("-"):
        edge = _begin(min(last, default=now))
        middle = _moved(edge, -MONTHS)
        yield Q((SINCE, edge))
        if all(edge > moment for moment in first):
            yield Q((SINCE, middle), (BEFORE, edge))
        if all(middle > moment for moment in first):
            yield Q((BEFORE, middle))
    else:
        edge = _moved(_begin(max(first, default=now)), 1)
        middle = _moved(edge, MONTHS)
        yield Q((BEFORE, edge))
        if all(edge <= moment for moment in [*last, now]):
            yield Q((SINCE, edge), (BEFORE, middle))
        yield Q((SINCE, middle))


def _bounds(found: QuerySet[Model], lookups: frozenset[str]) -> list[datetime]:
    """Return the moments from which, or up to which, a query is narrowed."""
    return [
        one.rhs
        for one in found.query.where.children
        if isinstance(one, Lookup)
        and isinstance(one.lhs, Col)
        and one.lhs.target.name == MOMENT
        and one.lookup_name in lookups
    ]


def _begin(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _moved(begin: datetime, months: int) -> datetime:
    number = begin.year * 12 + begin.month - 1 + months
    return begin.replace(year=number // 12, month=number % 12 + 1)
