"""What is stored of usage, as sums: of one user, or of all. Rows of single requests are never read.

PostgreSQL adds; what comes here is a row for each interval, and one for each kind of call.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Generic, TypeVar

from django.db.models import Q, QuerySet, Sum

from accounts.models import User
from history.analytics.ranges import Interval, Range, pieces
from quotas.durations import Counts, counts_of
from quotas.models import SiteHour, SiteSum, UsageDay, UsageDayKind, UsageHour, UsageMonth
from quotas.models.timed import Sent

Key = TypeVar("Key")
FIRST_ERROR = 400
KIND = ("endpoint", "method", "status_code")
SIZES = (Interval.MONTH, Interval.DAY, Interval.HOUR)
IN_ALL = {
    "requests_in_all": Sum("requests"),
    "errors_in_all": Sum("requests", filter=Q(status_code__gte=FIRST_ERROR), default=0),
    "took_in_all": Sent(Sum("took")),
}
OF_KIND = {"requests_in_all": Sum("requests"), "took_in_all": Sent(Sum("took"))}


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of call."""

    endpoint: str
    method: str
    status: int


@dataclass(frozen=True, slots=True)
class Sums(Generic[Key]):
    """Sums, each with what it is of; `counts` has a row for each: how many took how long."""

    keys: Sequence[Key]
    requests: Sequence[int]
    errors: Sequence[int]
    counts: Counts


@dataclass(frozen=True, slots=True)
class Read:
    """What was read of a range: its intervals, as far as there was anything, and its kinds of call."""

    series: Sums[datetime]
    kinds: Sums[Kind]


def of_user(user: User, asked: Range, *, by_kind: bool) -> Read:
    """Read what a user used."""
    kinds = [_kinds_of(user, piece) for piece in _pieces(asked, by_kind=by_kind)]
    return Read(_series_of(user, asked), _of_kinds(kinds))


def of_site(asked: Range, *, by_kind: bool) -> Read:
    """Read what all together used."""
    all_ = _site_sums(asked).filter(endpoint="")
    series = all_.values_list("start", "requests", "errors", Sent("took"))
    kinds = [_kinds_of_site(piece) for piece in _pieces(asked, by_kind=by_kind)]
    return Read(_of_intervals(series), _of_kinds(kinds))


def _pieces(asked: Range, *, by_kind: bool) -> list[Range]:
    return pieces(asked.start, asked.end, SIZES) if by_kind else []


def _series_of(user: User, asked: Range) -> Sums[datetime]:
    if asked.interval is Interval.DAY:
        days = UsageDay.objects.filter(user=user, **_within("day", asked))
        return _of_intervals(days.values_list("day", "requests", "errors", Sent("took")))
    rows, at = (
        (UsageHour.objects.filter(user=user, **_within("hour", asked)), "hour")
        if asked.interval is Interval.HOUR
        else (UsageMonth.objects.filter(user=user, **_within("month", asked)), "month")
    )
    return _of_intervals(rows.values(at).annotate(**IN_ALL).values_list(at, *IN_ALL))


def _kinds_of(user: User, piece: Range) -> QuerySet[Any]:
    tables: dict[Interval, Any] = {
        Interval.HOUR: UsageHour,
        Interval.DAY: UsageDayKind,
        Interval.MONTH: UsageMonth,
    }
    rows = tables[piece.interval].objects.filter(user=user)
    within: QuerySet[Any] = rows.filter(**_within(piece.interval.value, piece))
    return within


def _kinds_of_site(piece: Range) -> QuerySet[Any]:
    if piece.interval is Interval.HOUR:
        return SiteHour.objects.filter(**_within("hour", piece))
    return _site_sums(piece).exclude(endpoint="")


def _site_sums(asked: Range) -> QuerySet[SiteSum]:
    return SiteSum.objects.filter(grain=asked.interval.value, **_within("start", asked))


def _within(column: str, asked: Range) -> dict[str, datetime | date]:
    """Return the condition that a sum is of this range; columns of days and months have no time."""
    start, end = asked.start, asked.end
    if column in {"day", "month"}:
        return {f"{column}__gte": start.date(), f"{column}__lt": end.date()}
    return {f"{column}__gte": start, f"{column}__lt": end}


def _of_intervals(rows: QuerySet[Any, tuple[Any, ...]]) -> Sums[datetime]:
    moments, requests, errors, took = _columns(list(rows), 4)
    return Sums([_moment(one) for one in moments], requests, errors, counts_of(took))


def _of_kinds(pieces: Sequence[QuerySet[Any]]) -> Sums[Kind]:
    """Add up each piece by itself; the same kind comes once for each in which it is."""
    rows = [
        row
        for piece in pieces
        for row in piece.order_by().values(*KIND).annotate(**OF_KIND).values_list(*KIND, *OF_KIND)
    ]
    endpoints, methods, statuses, requests, took = _columns(rows, 5)
    kinds = [Kind(*one) for one in zip(endpoints, methods, statuses, strict=True)]
    errors = [
        number if kind.status >= FIRST_ERROR else 0
        for kind, number in zip(kinds, requests, strict=True)
    ]
    return Sums(kinds, requests, errors, counts_of(took))


def _columns(rows: Sequence[tuple[Any, ...]], number: int) -> list[tuple[Any, ...]]:
    return [*zip(*rows, strict=True)] if rows else [()] * number


def _moment(when: date) -> datetime:
    return (
        when
        if isinstance(when, datetime)
        else datetime(when.year, when.month, when.day, tzinfo=UTC)
    )
