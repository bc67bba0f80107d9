"""Requests, errors and how long they took: in all, over time, and by kind."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from accounts.models import User
from history.analytics import sums
from history.analytics.ranges import Range
from history.analytics.sums import Read, Sums
from quotas.durations import Durations

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
NAMES: Mapping[Grouping, Callable[[Sums], Mapping[str, Value]]] = {
    Grouping.ENDPOINT: lambda one: {"endpoint": one.endpoint, "method": one.method},
    Grouping.STATUS: lambda one: {"status": one.status},
    Grouping.AGENT: lambda one: {"agent": ASKING.get(one.endpoint)},
}


@dataclass(slots=True)
class Tally:
    """What some sums come to."""

    requests: int = 0
    errors: int = 0
    durations: Durations = field(default_factory=Durations)

    def add(self, one: Sums) -> None:
        self.requests += one.requests
        self.errors += one.errors
        self.durations.add(one.buckets, one.counts)

    def merge(self, other: "Tally") -> None:
        self.requests += other.requests
        self.errors += other.errors
        self.durations.merge(other.durations)

    def told(self) -> dict[str, int | None]:
        """Return the figures. Without requests there are no percentiles."""
        median, slowest = self.durations.percentiles((MEDIAN, SLOWEST))
        return {
            "requests": self.requests,
            "errors": self.errors,
            "p50_ms": median,
            "p95_ms": slowest,
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
    """Add up what was read: one entry of the series for each interval, also where nothing was.

    Groups come with the most requests first.
    """
    series = {begin: Tally() for begin in asked.begins()}
    for one in read.series:
        series[one.at].add(one)
    totals = Tally()
    for tally in series.values():
        totals.merge(tally)
    return Usage(asked, totals, list(series.items()), _groups(read.kinds, group_by))


def questions_in(kinds: Iterable[Sums]) -> int:
    """Return how many requests asked an agent or a workflow something."""
    return sum(one.requests for one in kinds if one.endpoint in ASKING)


def _groups(
    kinds: Iterable[Sums], group_by: Sequence[Grouping]
) -> list[tuple[Mapping[str, Value], Tally]]:
    if not group_by:
        return []
    tallies: dict[tuple[tuple[str, Value], ...], Tally] = defaultdict(Tally)
    for one in kinds:
        name = tuple(item for grouping in group_by for item in NAMES[grouping](one).items())
        tallies[name].add(one)
    named = sorted(tallies.items(), key=lambda item: (-item[1].requests, str(item[0])))
    return [(dict(name), tally) for name, tally in named]
