"""How well a series is described, from its record alone: plain Python, no clock.

Each dimension is scored 0 to 1, or None where the record does not say enough to judge; the score
is the weighted mean of what could be judged.
"""

from collections.abc import Mapping
from dataclasses import dataclass

WEIGHTS: Mapping[str, float] = {
    "samples": 0.30,
    "metadata": 0.25,
    "raw_data": 0.20,
    "publication": 0.15,
    "platform": 0.10,
}
TELLING_SUMMARY = 40  # words
BOILERPLATE = "This SuperSeries is composed of"


@dataclass(frozen=True, slots=True)
class Described:
    """What quality is judged on. None means that the record does not say."""

    summary: str
    overall_design: str | None
    sample_count: int | None
    has_organism: bool
    has_platform: bool
    has_publication: bool | None
    has_raw_data: bool | None
    summary_truncated: bool


def dimensions(series: Described) -> dict[str, float | None]:
    """Return a score from 0 to 1, or None for unknown, for each dimension of `WEIGHTS`."""
    return {
        "samples": _samples(series.sample_count),
        "metadata": _metadata(series),
        "raw_data": _known(series.has_raw_data),
        "publication": _known(series.has_publication),
        "platform": 1.0 if series.has_platform else None,
    }


def score(series: Described) -> float:
    """Return the quality from 0 to 1, rounded to three places."""
    judged = {name: one for name, one in dimensions(series).items() if one is not None}
    total = sum(WEIGHTS[name] for name in judged)
    return round(sum(WEIGHTS[name] * one for name, one in judged.items()) / total, 3)


def _samples(count: int | None) -> float | None:
    """Grow with the number of samples: 2 can be compared, 6 have replicates, 30 carry statistics."""
    if count is None:
        return None
    steps = ((30, 1.0), (12, 0.85), (6, 0.65), (3, 0.4), (2, 0.2))
    return next((worth for least, worth in steps if count >= least), 0.0)


def _metadata(series: Described) -> float:
    if series.summary.startswith(BOILERPLATE):
        return 0.1
    told = 0.5 * min(1.0, len(series.summary.split()) / TELLING_SUMMARY)
    designed = 0.3 if series.overall_design else 0.0
    named = 0.2 if series.has_organism else 0.0
    return told * (0.6 if series.summary_truncated else 1.0) + designed + named


def _known(value: bool | None) -> float | None:  # noqa: FBT001
    return None if value is None else float(value)
