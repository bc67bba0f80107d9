"""What came of the requests that were due within some seconds: counts and histograms, never each answer."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.performance.endurance.histogram import Histogram
from tests.performance.requests.summary import REFUSALS


@dataclass(slots=True)
class Outcome:
    """What came of one route.

    :param took: of answers with an expected status, from when they were due
    :param refused: of refusals, from when they were sent
    :param silent: refusals that do not say when to come again
    """

    statuses: Counter[int] = field(default_factory=Counter)
    took: Histogram = field(default_factory=Histogram)
    refused: Histogram = field(default_factory=Histogram)
    errors: int = 0
    silent: int = 0

    def add(self, other: "Outcome") -> None:
        self.statuses.update(other.statuses)
        self.took.counts.update(other.took.counts)
        self.refused.counts.update(other.refused.counts)
        self.errors += other.errors
        self.silent += other.silent

    def note(
        self, status: int, expected: Iterable[int], *, waited: float, took: float, is_told: bool
    ) -> None:
        """Count an answer.

        :param waited: milliseconds since it was due
        :param took: milliseconds since it was sent
        :param is_told: whether it has a Retry-After
        """
        self.statuses[status] += 1
        if status in expected:
            self.took.add(waited)
        elif status in REFUSALS:
            self.refused.add(took)
            self.silent += not is_told
        else:
            self.errors += 1

    def as_json(self) -> dict[str, Any]:
        return {
            "statuses": self.statuses,
            "took": self.took.counts,
            "refused": self.refused.counts,
            "errors": self.errors,
            "silent": self.silent,
        }

    @classmethod
    def from_json(cls, read: dict[str, Any]) -> "Outcome":
        return cls(
            Counter({int(status): count for status, count in read["statuses"].items()}),
            Histogram.from_json(read["took"]),
            Histogram.from_json(read["refused"]),
            read["errors"],
            read["silent"],
        )


@dataclass(slots=True)
class Span:
    """Some seconds, by when requests were due.

    :param began: seconds since the first request of all could be due
    :param unsent: requests for which there was no connection, or no time, within a second
    :param late: milliseconds by which the generator itself sent later than it could have
    :param busy: the share of a core that the generator used
    """

    began: float
    seconds: float
    routes: dict[str, Outcome] = field(default_factory=dict)
    late: Histogram = field(default_factory=Histogram)
    unsent: int = 0
    busy: float = 0.0

    @property
    def ended(self) -> float:
        return self.began + self.seconds

    @property
    def whole(self) -> Outcome:
        """Return what came of all routes together."""
        made = Outcome()
        for one in self.routes.values():
            made.add(one)
        return made

    @property
    def due(self) -> int:
        return self.whole.statuses.total() + self.unsent

    def as_json(self) -> dict[str, Any]:
        return {
            "began": self.began,
            "seconds": self.seconds,
            "routes": {name: one.as_json() for name, one in self.routes.items()},
            "late": self.late.counts,
            "unsent": self.unsent,
            "busy": self.busy,
        }

    @classmethod
    def from_json(cls, read: dict[str, Any]) -> "Span":
        routes = {name: Outcome.from_json(one) for name, one in read["routes"].items()}
        late = Histogram.from_json(read["late"])
        return cls(read["began"], read["seconds"], routes, late, read["unsent"], read["busy"])


def joint(spans: Iterable[Span]) -> Span:
    """Return one span of several that follow each other."""
    made = Span(began=0.0, seconds=0.0)
    worked = 0.0
    for number, one in enumerate(spans):
        made.began = made.began if number else one.began
        made.seconds += one.seconds
        worked += one.busy * one.seconds
        made.late.counts.update(one.late.counts)
        made.unsent += one.unsent
        for name, outcome in one.routes.items():
            made.routes.setdefault(name, Outcome()).add(outcome)
    made.busy = worked / made.seconds if made.seconds else 0.0
    return made
