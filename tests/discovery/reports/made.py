"""Series for the tests of reports: the smallest, and some that differ in what reports tell."""

from dataclasses import replace
from datetime import date
from typing import Any

from discovery.quality import Level, Quality
from discovery.reports import Series

TODAY = date(2026, 1, 1)
ARRAY = "Expression profiling by array"
SEQUENCING = "Expression profiling by high throughput sequencing"


def verdict(score: float, level: Level, **dimensions: float | None) -> Quality:
    return Quality(
        score=score,
        level=level,
        dimensions=dimensions or {"samples": score, "raw_data": None},
        explanations={},
        strengths=[],
        issues=["The summary has 3 words, and there is no design."],
    )


GOOD = verdict(0.8, Level.GOOD)
POOR = verdict(0.3, Level.POOR)


def series(number: int, **fields: Any) -> Series:
    smallest = Series(accession=f"GSE{number}", title="A title", summary="A summary.")
    return replace(smallest, **fields)


TUMOURS = series(
    1,
    title="Breast tumours before and after chemotherapy",
    organisms=("Homo sapiens",),
    study_types=(ARRAY,),
    platforms=("GPL570",),
    sample_count=80,
    release_date=date(2019, 5, 1),
    pubmed_ids=("11",),
    has_raw_data=True,
    verdict=GOOD,
)
CELLS = series(
    2,
    title="Breast cancer cell lines",
    overall_design="Three lines, each in duplicate.",
    organisms=("Homo sapiens",),
    study_types=(ARRAY,),
    platforms=("GPL570",),
    sample_count=12,
    release_date=date(2023, 2, 1),
    pubmed_ids=("12",),
    has_raw_data=False,
    verdict=GOOD,
)
MICE = series(
    3,
    title="Mammary glands of mice",
    organisms=("Mus musculus",),
    study_types=(SEQUENCING,),
    platforms=("GPL24247",),
    sample_count=3,
    verdict=POOR,
)
THREE = [TUMOURS, CELLS, MICE]
