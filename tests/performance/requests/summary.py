"""What a run of requests comes to: percentiles, and medians of repetitions."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

SHARES = (50, 95, 99)
OK, REFUSALS = range(200, 400), {429, 503}


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds; None of a run without any such answer."""

    p50: float | None = None
    p95: float | None = None
    p99: float | None = None


@dataclass(frozen=True, slots=True)
class Load:
    """What came of one run. `unanswered` had no answer when the run was ended."""

    seconds: float
    served: int
    refused: int = 0
    errors: int = 0
    unanswered: int = 0
    of_served: Latency = Latency()
    of_refused: Latency = Latency()

    @classmethod
    def from_json(cls, read: dict[str, Any]) -> "Load":
        latencies = {name: Latency(**read.pop(name)) for name in ("of_served", "of_refused")}
        return cls(**read, **latencies)


def percentile(ordered: Sequence[float], share: float) -> float:
    """Return the least value that so many percent do not exceed; the values are in order."""
    return ordered[max(0, math.ceil(len(ordered) * share / 100) - 1)]


def latency(milliseconds: Sequence[float]) -> Latency:
    if not milliseconds:
        return Latency()
    ordered = sorted(milliseconds)
    return Latency(*(percentile(ordered, share) for share in SHARES))


def summarise(
    answers: Sequence[tuple[int, float]], *, ages: Sequence[float], seconds: float
) -> Load:
    """Sort answers (status, milliseconds) into served, refused and failed.

    :param ages: milliseconds that each unanswered request has waited since it was due. They count
        among the served: a server that lets people wait must not look quick.
    """
    served = [took for status, took in answers if status in OK]
    refused = [took for status, took in answers if status in REFUSALS]
    return Load(
        seconds=seconds,
        served=len(served),
        refused=len(refused),
        errors=len(answers) - len(served) - len(refused),
        unanswered=len(ages),
        of_served=latency([*served, *ages]),
        of_refused=latency(refused),
    )


def median_latency(of: Sequence[Latency]) -> Latency:
    return Latency(*(median([getattr(one, field.name) for one in of]) for field in fields(Latency)))


def median(values: Sequence[float | None]) -> float | None:
    known = [one for one in values if one is not None]
    return statistics.median(known) if known else None
