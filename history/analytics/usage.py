"""Requests, errors and how long they took: in all, over time, and by kind."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import numpy as np

from accounts.models import User
from history.analytics import sums
from history.analytics.ranges import Range
from history.analytics.sums import Kind, Read, Sums
from quotas.durations import Counts, percentiles

ASKING = {
    **{
        f"/api/v2/agents/{name}": name
        for name in ("query", "search", "validate", "summarize", "report")
    },
    "/api/v2/workflows/execute": "workflow",
}
MEDIAN, SLOWEST = 50, 95


class Grouping(StrEnum):
    """By what requests are told apart."""

    ENDPOINT = "endpoint"
    STATUS = "status"
    AGENT = "agent"


Value = str | int | None
NAMES: Mapping[Grouping, Callable[[Kind], Mapping[str, Value]]] = {
    Grouping.ENDPOINT: lambda one: {"endpoint": one.endpoint, "method": one.method},
    Grouping.STATUS: lambda one: {"status": one.status},
    Grouping.AGENT: lambda one: {"agent": ASKING.get(one.endpoint)},
}


@dataclass(frozen=True, slots=True)
class Tally:
    """What some sums come to. Without requests there are no percentiles."""

    requests: int = 0
    errors: int = 0
    p50_ms: int | None = None
    p95_ms: int | None = None

    def told(self) -> dict[str, int | None]:
        return {
            "requests": self.requests,
            "errors": self.errors,
            "p50_ms": self.p50_ms,
            "p95_ms": self.p95_ms,
        }


@dataclass(frozen=True, slots=True)
class Usage:
    """What came of a range."""

    asked: Range
    totals: Tally
    series: Sequence[tuple[datetime, Tally]]
    groups: Sequence[tuple[Mapping[str, Value], Tally]]


def of_user(*, user: User, asked: Range, group_by: Sequence[Grouping]) -> Usage:
    """Return what a user used: some seconds late."""
    return summed(sums.of_user(user, asked, by_kind=bool(group_by)), asked, group_by)


def summed(read: Read, asked: Range, group_by: Sequence[Grouping]) -> Usage:
    """Tell what was read: one entry of the series for each interval, also where nothing was.

    Groups come with the most requests first.
    """
    series = read.series
    there = dict(
        zip(series.keys, _tallies(series.requests, series.errors, series.counts), strict=True)
    )
    nothing = Tally()
    whole = series.counts.sum(axis=0, keepdims=True)
    (totals,) = _tallies([sum(series.requests)], [sum(series.errors)], whole)
    return Usage(
        asked,
        totals,
        [(begin, there.get(begin, nothing)) for begin in asked.begins()],
        _groups(read.kinds, group_by),
    )


def questions_in(kinds: Sums[Kind]) -> int:
    """Return how many requests asked an agent or a workflow something."""
    counted = zip(kinds.keys, kinds.requests, strict=True)
    return sum(number for kind, number in counted if kind.endpoint in ASKING)


def _groups(
    kinds: Sums[Kind], group_by: Sequence[Grouping]
) -> list[tuple[Mapping[str, Value], Tally]]:
    if not group_by or not kinds.keys:
        return []
    members: dict[tuple[tuple[str, Value], ...], list[int]] = defaultdict(list)
    for number, kind in enumerate(kinds.keys):
        name = tuple(item for grouping in group_by for item in NAMES[grouping](kind).items())
        members[name].append(number)
    tallies = _tallies(
        [sum(kinds.requests[one] for one in some) for some in members.values()],
        [sum(kinds.errors[one] for one in some) for some in members.values()],
        np.array([kinds.counts[some].sum(axis=0) for some in members.values()]),
    )
    named = zip(members, tallies, strict=True)
    return [
        (dict(name), tally)
        for name, tally in sorted(named, key=lambda item: (-item[1].requests, str(item[0])))
    ]


def _tallies(requests: Sequence[int], errors: Sequence[int], counts: Counts) -> list[Tally]:
    """Return the figures of each row."""
    p50, p95 = (percentiles(counts, share) for share in (MEDIAN, SLOWEST))
    return [Tally(*one) for one in zip(requests, errors, p50, p95, strict=True)]
