"""What is stored of usage, as sums: of one user, or of all. Rows of single requests are never read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import QuerySet

from accounts.models import User
from history.analytics.ranges import Interval, Range, pieces
from quotas.models import SiteHour, SiteSum, UsageDay, UsageHour, UsageMonth

FIRST_ERROR = 400
TOOK = ("took_buckets", "took_counts")
KIND = ("endpoint", "method", "status_code")
OF_A_KIND = (*KIND, "requests", *TOOK)
OF_ALL = ("requests", "errors", *TOOK)


@dataclass(frozen=True, slots=True)
class Sums:
    """The sums of a time: of one kind of call, or, without an endpoint, of all."""

    at: datetime
    endpoint: str
    method: str
    status: int
    requests: int
    errors: int
    buckets: Sequence[int]
    counts: Sequence[int]


@dataclass(frozen=True, slots=True)
class Read:
    """What was read of a range: its intervals, and its kinds of call at whatever times."""

    series: Sequence[Sums]
    kinds: Sequence[Sums]


def of_user(user: User, asked: Range, *, by_kind: bool) -> Read:
    """Read what a user used: a row an hour, a day, or a kind of call and month."""
    if asked.interval is Interval.HOUR:
        hours = _hours_of(user, asked)
        return Read(hours, hours)
    if asked.interval is Interval.MONTH:
        months = _months_of(user, asked)
        return Read(months, months)
    mine = UsageDay.objects.filter(user=user)
    days = _of_all(mine.filter(day__gte=asked.start.date(), day__lt=asked.end.date()), "day")
    return Read(days, _kinds_of(user, asked) if by_kind else [])


def of_site(asked: Range, *, by_kind: bool) -> Read:
    """Read what all together used."""
    series = _of_all(_site_sums(asked, is_all=True), "start")
    if not by_kind:
        return Read(series, [])
    sizes = (Interval.MONTH, Interval.DAY, Interval.HOUR)
    return Read(
        series,
        [one for piece in pieces(asked.start, asked.end, sizes) for one in _kinds_of_site(piece)],
    )


def _kinds_of(user: User, asked: Range) -> list[Sums]:
    """Read whole months as months, what is left as hours."""
    read = {Interval.MONTH: _months_of, Interval.HOUR: _hours_of}
    parts = pieces(asked.start, asked.end, (Interval.MONTH, Interval.HOUR))
    return [one for part in parts for one in read[part.interval](user, part)]


def _hours_of(user: User, asked: Range) -> list[Sums]:
    mine = UsageHour.objects.filter(user=user)
    return _of_kinds(mine.filter(hour__gte=asked.start, hour__lt=asked.end), "hour")


def _months_of(user: User, asked: Range) -> list[Sums]:
    mine = UsageMonth.objects.filter(user=user)
    within = mine.filter(month__gte=asked.start.date(), month__lt=asked.end.date())
    return _of_kinds(within, "month")


def _kinds_of_site(piece: Range) -> list[Sums]:
    if piece.interval is Interval.HOUR:
        hours = SiteHour.objects.filter(hour__gte=piece.start, hour__lt=piece.end)
        return _of_kinds(hours, "hour")
    return _of_kinds(_site_sums(piece, is_all=False), "start")


def _site_sums(asked: Range, *, is_all: bool) -> QuerySet[SiteSum]:
    sums = SiteSum.objects.filter(
        grain=asked.interval.value, start__gte=asked.start, start__lt=asked.end
    )
    return sums.filter(endpoint="") if is_all else sums.exclude(endpoint="")


def _of_kinds(rows: QuerySet[Any], at: str) -> list[Sums]:
    return [
        Sums(
            _moment(when),
            endpoint,
            method,
            status,
            requests,
            requests if status >= FIRST_ERROR else 0,
            buckets,
            counts,
        )
        for when, endpoint, method, status, requests, buckets, counts in _rows(rows, at, OF_A_KIND)
    ]


def _of_all(rows: QuerySet[Any], at: str) -> list[Sums]:
    return [
        Sums(_moment(when), "", "", 0, requests, errors, buckets, counts)
        for when, requests, errors, buckets, counts in _rows(rows, at, OF_ALL)
    ]


def _rows(rows: QuerySet[Any], at: str, columns: tuple[str, ...]) -> Iterable[tuple[Any, ...]]:
    return rows.values_list(at, *columns)


def _moment(when: date) -> datetime:
    return (
        when
        if isinstance(when, datetime)
        else datetime(when.year, when.month, when.day, tzinfo=UTC)
    )
