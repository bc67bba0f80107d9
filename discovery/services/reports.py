"""Reports about series of the catalogue."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from discovery.describing import has_raw_data
from discovery.quality import Quality
from discovery.reports import Asked, Format, Kind, Report, Series, compose
from discovery.services.quality import assess
from discovery.services.selection import Chosen, Scope, Selection

Verdicts = Mapping[str, Quality]  # by accession


@dataclass(frozen=True, slots=True)
class Style:
    """For whom a report is, and how it is written."""

    kind: Kind = Kind.COMPREHENSIVE
    form: Format = Format.MARKDOWN
    with_recommendations: bool = True


def report_on(
    selection: Selection, scope: Scope, style: Style, *, verdicts: Verdicts, at: date
) -> Report:
    """Return the report on the series that were chosen for a scope.

    :param verdicts: those of series that could not be judged are missing
    """
    series = [_series_of(one, verdicts.get(one.dataset.accession)) for one in selection.series]
    asked = Asked(
        kind=style.kind,
        question=scope.question,
        found=None if scope.accessions else selection.total_found,
        with_recommendations=style.with_recommendations,
    )
    return compose(series, asked, at=at)


def judge(series: Sequence[Chosen], *, at: date) -> dict[str, Quality]:
    """Return how good each series is, by accession."""
    return {one.dataset.accession: assess(one.dataset, at) for one in series}


def _series_of(one: Chosen, verdict: Quality | None) -> Series:
    dataset = one.dataset
    return Series(
        accession=dataset.accession,
        title=dataset.title,
        summary=dataset.summary,
        overall_design=dataset.overall_design,
        organisms=tuple(dataset.organisms),
        study_types=tuple(dataset.study_types),
        platforms=tuple(dataset.platforms),
        sample_count=dataset.sample_count,
        release_date=dataset.release_date,
        pubmed_ids=tuple(dataset.pubmed_ids),
        bioproject=dataset.bioproject,
        sra=dataset.sra,
        file_types=tuple(dataset.supplementary_types),
        has_raw_data=has_raw_data(dataset),
        relations=tuple(dataset.relations),
        relevance=one.relevance_score,
        reasons=tuple(one.reasons),
        verdict=verdict,
    )
