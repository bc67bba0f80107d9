"""How far one can work with the series of the catalogue."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from discovery import quality
from discovery.describing import describe
from discovery.models import Dataset
from discovery.quality import Level, Quality


@dataclass(frozen=True, slots=True)
class Validated:
    """A series and the verdict on it."""

    dataset: Dataset
    quality: Quality


@dataclass(frozen=True, slots=True)
class Stats:
    """Quality over some series; None where there are none."""

    count: int
    mean: float | None
    median: float | None
    min: float | None
    max: float | None
    levels: dict[str, int]


@dataclass(frozen=True, slots=True)
class Validation:
    """What became of the accessions that were asked about, in the order asked.

    `validated` leaves out what is below the score that was asked for; `stats` counts it.
    """

    total_processed: int
    not_found: list[str]
    validated: list[Validated]
    stats: Stats


def assess(dataset: Dataset, at: date) -> Quality:
    """Return the quality of a series: score, level, dimensions, strengths and issues.

    :param at: today: a series ages
    """
    return quality.assess(describe(dataset), at=at)


def validate(*, accessions: Sequence[str], min_score: float, at: date) -> Validation:
    """Judge the series with these accessions, each once, whatever the case they are written in."""
    wanted = list(dict.fromkeys(accession.strip().upper() for accession in accessions))
    found = Dataset.objects.in_bulk(wanted, field_name="accession")
    judged = [Validated(found[one], assess(found[one], at)) for one in wanted if one in found]
    return Validation(
        total_processed=len(judged),
        not_found=[one for one in wanted if one not in found],
        validated=[one for one in judged if one.quality.score >= min_score],
        stats=stats_of([one.quality for one in judged]),
    )


def stats_of(judged: Sequence[Quality]) -> Stats:
    scores = [one.score for one in judged]
    return Stats(
        count=len(scores),
        mean=round(statistics.fmean(scores), 3) if scores else None,
        median=round(statistics.median(scores), 3) if scores else None,
        min=min(scores, default=None),
        max=max(scores, default=None),
        levels={level: sum(one.level == level for one in judged) for level in Level},
    )
