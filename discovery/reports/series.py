"""What a report is made from."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from discovery.quality import Level, Quality

RELATION = re.compile(r"(SuperSeries|SubSeries) of: (GSE[1-9][0-9]*)\Z")
SERIES_PAGE = "https://www.ncbi.nlm.nih.gov/geo/query/acc.cgi?acc="
ARRAY = "by array"
HIGH_LEVELS = frozenset({Level.EXCELLENT, Level.GOOD})


@dataclass(frozen=True, slots=True)
class Series:
    """One series as its record tells; None and empty mean that the record does not say.

    :param relevance: from 0 to 1, if it was found by a question
    :param verdict: None if its quality was not judged
    """

    accession: str
    title: str
    summary: str
    overall_design: str | None = None
    organisms: tuple[str, ...] = ()
    study_types: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    sample_count: int | None = None
    release_date: date | None = None
    pubmed_ids: tuple[str, ...] = ()
    bioproject: str | None = None
    sra: str | None = None
    file_types: tuple[str, ...] = ()
    has_raw_data: bool | None = None
    relations: tuple[str, ...] = ()
    relevance: float | None = None
    reasons: tuple[str, ...] = ()
    verdict: Quality | None = None

    @property
    def url(self) -> str:
        return SERIES_PAGE + self.accession

    @property
    def is_of_high_quality(self) -> bool:
        return self.verdict is not None and self.verdict.level in HIGH_LEVELS

    @property
    def is_of_arrays(self) -> bool:
        return any(one.endswith(ARRAY) for one in self.study_types)

    def parts(self) -> tuple[str, ...]:
        """Return the series that this one is put together from, as far as its record says."""
        return self._related("SuperSeries")

    def wholes(self) -> tuple[str, ...]:
        """Return the series that this one is a part of."""
        return self._related("SubSeries")

    def _related(self, kind: str) -> tuple[str, ...]:
        found = (RELATION.fullmatch(one) for one in self.relations)
        return tuple(one[2] for one in found if one and one[1] == kind)


def accessions_of(series: Iterable[Series]) -> tuple[str, ...]:
    return tuple(one.accession for one in series)
