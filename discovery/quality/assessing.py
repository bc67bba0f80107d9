"""From dimensions to one verdict."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from discovery.quality import dimensions
from discovery.quality.described import Described
from discovery.quality.judged import Judged

# What each dimension weighs in the score: docs/quality.md tells how they were found.
WEIGHTS: Mapping[str, float] = {
    "samples": 0.25,
    "controls": 0.15,
    "metadata": 0.20,
    "publication": 0.10,
    "raw_data": 0.15,
    "platform": 0.10,
    "age": 0.05,
}
DIMENSIONS: Mapping[str, Callable[[Described, date], Judged]] = {
    "samples": dimensions.samples,
    "controls": dimensions.controls,
    "metadata": dimensions.metadata,
    "publication": dimensions.publication,
    "raw_data": dimensions.raw_data,
    "platform": dimensions.platform,
    "age": dimensions.age,
}
# Whatever else is good: with this wrong, a series scores no more.
CEILINGS: Mapping[str, tuple[Callable[[Described], bool], float, str]] = {
    "superseries": (
        lambda series: series.is_superseries,
        0.45,
        "This is a SuperSeries: it only collects other series. Use its SubSeries.",
    ),
    "single_sample": (
        lambda series: series.sample_count is not None and series.sample_count <= 1,
        0.45,
        "With fewer than two samples there is nothing to compare.",
    ),
    "truncated_summary": (
        lambda series: series.summary_truncated,
        0.89,
        "The summary is cut off in this record: read it at GEO before you rely on the series.",
    ),
}


class Level(StrEnum):
    """The score in a word."""

    EXCELLENT = "excellent"
    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"


LEVELS: Mapping[Level, float] = {
    Level.EXCELLENT: 0.9,
    Level.GOOD: 0.75,
    Level.FAIR: 0.5,
    Level.POOR: 0.0,
}


@dataclass(frozen=True, slots=True)
class Quality:
    """The verdict on a series. `dimensions` has all of `WEIGHTS`, None where unknown."""

    score: float
    level: Level
    dimensions: Mapping[str, float | None]
    explanations: Mapping[str, str]
    strengths: list[str]
    issues: list[str]


def assess(series: Described, *, at: date, weights: Mapping[str, float] = WEIGHTS) -> Quality:
    """Return how far one can work with a series.

    The score is the weighted mean of what could be judged, held down by `CEILINGS`.

    :param at: today: a series ages
    """
    judged = judge(series, at=at)
    caught = [(most, issue) for is_wrong, most, issue in CEILINGS.values() if is_wrong(series)]
    score = round(min([_mean(judged, weights), *(most for most, _ in caught)]), 3)
    return Quality(
        score=score,
        level=next(level for level, least in LEVELS.items() if score >= least),
        dimensions={name: _rounded(one.score) for name, one in judged.items()},
        explanations={name: one.reason for name, one in judged.items()},
        strengths=[one.reason for one in judged.values() if one.is_strength],
        issues=[
            *(issue for _, issue in caught),
            *(one.reason for one in judged.values() if one.is_issue),
        ],
    )


def judge(series: Described, *, at: date) -> dict[str, Judged]:
    """Return the verdict on each dimension."""
    return {name: dimension(series, at) for name, dimension in DIMENSIONS.items()}


def _mean(judged: Mapping[str, Judged], weights: Mapping[str, float]) -> float:
    known = [(weights[name], one.score) for name, one in judged.items() if one.score is not None]
    total = sum(weight for weight, _ in known)
    return sum(weight * score for weight, score in known) / total if total else 0.0


def _rounded(score: float | None) -> float | None:
    return None if score is None else round(score, 3)
