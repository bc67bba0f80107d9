"""What reports advise: it follows from the series."""

from dataclasses import replace
from typing import Any

import pytest

from discovery.reports import Series, recommending
from tests.discovery.reports.made import (
    ARRAY,
    CELLS,
    GOOD,
    MICE,
    SEQUENCING,
    THREE,
    TUMOURS,
    series,
)


def advice(*some_series: Series) -> list[str]:
    return recommending.find(some_series)


def about(word: str, *some_series: Series) -> list[str]:
    return [text for text in advice(*some_series) if word in text]


def test_series_of_one_array_and_organism_can_be_merged() -> None:
    (text,) = about("merged", *THREE)

    assert text.startswith("GSE1 and GSE2 share platform GPL570: can be merged to 92 samples, once")


def test_of_a_series_with_two_platforms_not_all_samples_can_be_merged() -> None:
    both = replace(CELLS, platforms=("GPL570", "GPL96"))

    (text,) = about("merged", TUMOURS, both)

    assert "to up to 92 samples" in text


@pytest.mark.parametrize(
    "other",
    [
        {"organisms": ("Mus musculus",)},
        {"organisms": ("Homo sapiens", "Mus musculus")},
        {"organisms": ()},
        {"platforms": ("GPL96",)},
        {"study_types": (SEQUENCING,)},
        {"relations": ("SuperSeries of: GSE1",)},
    ],
)
def test_what_is_not_alike_is_not_merged(other: dict[str, Any]) -> None:
    assert about("merged", TUMOURS, replace(CELLS, **other)) == []


def test_reads_of_one_type_and_organism_can_be_processed_together() -> None:
    reads = {"organisms": ("Mus musculus",), "study_types": (SEQUENCING,), "has_raw_data": True}

    told = about("processed together", series(1, **reads), series(2, **reads), MICE)

    assert told == [
        "GSE1 and GSE2 are sequenced alike and have raw data: can be processed together."
    ]


@pytest.mark.parametrize(
    ("known", "told"),
    [
        ([True, False, False], "Only 1 of 3 has raw data (GSE1): begin"),
        ([True, None, False], "Only 1 of 3 is known to have raw data (GSE1): begin"),
        ([True, True, False], "2 of 3 have raw data (GSE1 and GSE2): begin"),
        ([True, True], "All have raw data: process them"),
        ([False, None], "None is known to have raw data"),
    ],
)
def test_raw_data_are_counted(known: list[bool | None], told: str) -> None:
    made = [series(number, has_raw_data=one) for number, one in enumerate(known, 1)]

    assert [text for text in advice(*made) if text.startswith(told)]


def test_nothing_is_advised_on_raw_data_that_no_record_mentions() -> None:
    assert about("raw data", series(1), series(2)) == []


def test_small_series_are_named() -> None:
    assert about("smallest", *THREE) == [
        "The smallest, GSE3, has 3 samples: use it to confirm, not to find."
    ]
    assert about("smallest", TUMOURS, CELLS) == []


def test_poor_series_are_named_with_what_is_wrong() -> None:
    assert about("Look at", *THREE) == [
        "Look at GSE3 before you rely on it: The summary has 3 words, and there is no design."
    ]


def test_a_part_and_its_whole_are_not_both_used() -> None:
    whole = replace(TUMOURS, relations=("SuperSeries of: GSE2",))

    assert advice(whole, CELLS)[0].startswith("Use GSE1 or its part GSE2, not both")


def test_organisms_and_technologies_are_kept_apart() -> None:
    told = advice(*THREE)

    assert [text for text in told if "Homo sapiens (2) and Mus musculus (1)" in text]
    assert [text for text in told if "GSE1 and GSE2 (arrays) with those of GSE3" in text]


def test_what_the_record_leaves_open_is_told() -> None:
    told = advice(TUMOURS, series(2, verdict=GOOD, study_types=(ARRAY,)))

    assert [text for text in told if text.startswith("See GEO for how many samples GSE2")]
    assert [text for text in told if text.startswith("Cite GSE2 by accession")]


def test_a_series_that_stands_alone_wants_company() -> None:
    assert about("alone", TUMOURS)
    assert not about("alone", *THREE)


def test_nothing_found_says_what_to_do() -> None:
    assert "fewer filters" in advice()[0]
