"""The figures as tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.performance.kept import Ratio
from tests.performance.requests.summary import Latency, Load, median, median_latency

BARE, USUAL, TUNED = "bare Django view", "peer, usual form", "peer, tuned form"
HEADING = ["64 clients", "req/s", "p50 ms", "p95 ms", "p99 ms", "CPU µs", "errors"]
RATED = ["offered", "", "served/s", "p50", "p95", "p99", "refused/s", "p50", "p95", "p99"]


@dataclass(frozen=True, slots=True)
class Run:
    """One run, and the CPU seconds it cost the server, PostgreSQL and Valkey."""

    load: Load
    cpu_seconds: float

    @property
    def per_second(self) -> float:
        return self.load.served / self.load.seconds

    @property
    def cpu_microseconds(self) -> float | None:
        answers = self.load.served + self.load.refused + self.load.errors
        return self.cpu_seconds / answers * 1e6 if answers else None


def throughput(runs: Mapping[str, Sequence[Run]]) -> str:
    """Return a row for each subject: medians, and how many times a bare view and the peers."""
    against = [name for name in (BARE, USUAL, TUNED) if name in runs]
    speeds = {name: median([one.per_second for one in those]) for name, those in runs.items()}
    rows = [
        [
            name,
            number(speeds[name]),
            *latencies(median_latency([one.load.of_served for one in those])),
            number(median([one.cpu_microseconds for one in those])),
            number(sum(one.load.errors + one.load.unanswered for one in those)),
            *(ratio(speeds[name], speeds[other]) for other in against),
        ]
        for name, those in runs.items()
    ]
    return table([*HEADING, *(f"× {name}" for name in against)], rows)


def ratios(runs: Mapping[str, Sequence[Run]]) -> dict[str, Ratio]:
    """Return how many times a bare view each subject is: by the repetitions that were taken together."""
    bare = [one.per_second for one in runs[BARE]]
    return {
        name: Ratio.of([one.per_second / beside for one, beside in zip(those, bare, strict=True)])
        for name, those in runs.items()
        if name != BARE and all(bare)
    }


def arrivals(runs: Mapping[tuple[int, str], Sequence[Run]]) -> str:
    """Return a row for each rate and subject."""
    rows = [
        [
            f"{rate:,}/s",
            name,
            number(median([one.per_second for one in those])),
            *latencies(median_latency([one.load.of_served for one in those])),
            number(median([one.load.refused / one.load.seconds for one in those])),
            *latencies(median_latency([one.load.of_refused for one in those])),
            number(sum(one.load.errors for one in those)),
            number(sum(one.load.unanswered for one in those)),
            number(median([one.cpu_microseconds for one in those])),
        ]
        for (rate, name), those in runs.items()
    ]
    return table([*RATED, "errors", "unanswered", "CPU µs"], rows)


def latencies(of: Latency) -> list[str]:
    return ["–" if one is None else f"{one:,.1f}" for one in (of.p50, of.p95, of.p99)]


def number(value: float | None) -> str:
    return "–" if value is None else f"{value:,.0f}"


def ratio(one: float | None, other: float | None) -> str:
    return f"{one / other:.2f}" if one and other else "–"


def table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    figures = {place for row in rows for place, cell in enumerate(row) if cell[:1].isdigit()}
    marks = ["---:" if place in figures else "---" for place in range(len(heading))]
    return "\n".join(f"| {' | '.join(line)} |" for line in [heading, marks, *rows])
