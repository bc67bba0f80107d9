"""What a report is asked for, and what its sections choose from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from statistics import fmean

from discovery.quality import Level
from discovery.reports import comparing, insights, recommending
from discovery.reports.document import Insight, QualitySummary
from discovery.reports.series import Series, accessions_of

BRIEF = 3  # so many insights and recommendations stand in a brief report


class Kind(StrEnum):
    """For whom a report is."""

    BRIEF = "brief"
    COMPREHENSIVE = "comprehensive"
    TECHNICAL = "technical"
    EXECUTIVE = "executive"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a report was asked for.

    :param question: the question that found the series, empty if somebody named them
    :param found: how many series answer the question in all, of which those given are the best
    """

    kind: Kind
    question: str = ""
    found: int | None = None
    with_recommendations: bool = True


@dataclass(frozen=True, slots=True)
class Material:
    """All that a report may tell. `quality` is None if no series was judged."""

    series: Sequence[Series]
    asked: Asked
    insights: Sequence[Insight]
    recommendations: Sequence[str]
    quality: QualitySummary | None
    at: date


def gather(series: Sequence[Series], asked: Asked, *, at: date) -> Material:
    most = BRIEF if asked.kind is Kind.BRIEF else None
    advice = recommending.find(series) if asked.with_recommendations else []
    return Material(
        series=series,
        asked=asked,
        insights=insights.find(series, at=at)[:most],
        recommendations=advice[:most],
        quality=quality_of(series),
        at=at,
    )


def quality_of(series: Sequence[Series]) -> QualitySummary | None:
    """Return the quality of all that were judged; None if none was."""
    judged = [(one, one.verdict) for one in series if one.verdict is not None]
    if not judged:
        return None
    scores = [verdict.score for _, verdict in judged]
    return QualitySummary(
        judged=len(judged),
        average=round(fmean(scores), 3),
        lowest=min(scores),
        highest=max(scores),
        high=sum(one.is_of_high_quality for one in series),
        levels={level.value: sum(one.level is level for _, one in judged) for level in Level},
        weak={group.value: accessions_of(group.series) for group in comparing.by_weakness(series)},
    )
