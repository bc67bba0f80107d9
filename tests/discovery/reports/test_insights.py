"""What reports conclude: from which series, and how surely."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as some

from discovery.reports import Series, confidence, insights
from tests.discovery.reports.made import CELLS, MICE, THREE, TODAY, TUMOURS, series


def found(*some_series: Series) -> dict[str, tuple[tuple[str, ...], float]]:
    return {
        one.text: (one.supporting, one.confidence) for one in insights.find(some_series, at=TODAY)
    }


def test_what_most_series_share_is_told_with_those_that_share_it() -> None:
    told = found(*THREE)

    assert told["2 of 3 series study Homo sapiens; others: Mus musculus (1)."] == (
        ("GSE1", "GSE2"),
        confidence.of_share(2, known=3, total=3),
    )


def test_nothing_is_said_of_what_no_majority_shares() -> None:
    told = found(TUMOURS, MICE)

    assert not [text for text in told if "study Homo" in text or "studies Homo" in text]


def test_all_samples_are_added_and_the_range_is_told() -> None:
    told = found(*THREE, series(4))

    text = "Together they hold 95 samples; GSE1 alone has 84% of them."
    assert told[text] == (("GSE1",), 0.75)


def test_a_range_stands_where_no_series_outweighs_the_others() -> None:
    told = found(replace(TUMOURS, sample_count=10), CELLS, replace(MICE, sample_count=8))

    assert "Together they hold 30 samples, from 8 to 12 a series (median 10)." in told


def test_quality_is_told_as_surely_as_dimensions_could_be_judged() -> None:
    told = found(*THREE)

    assert told["2 of 3 series are of good quality or better."] == (("GSE1", "GSE2"), 0.5)


def test_raw_data_are_counted_and_silent_records_are_told() -> None:
    told = found(*THREE)

    assert told["1 of 3 series offers raw data; 1 record does not say."] == (("GSE1",), 0.67)


def test_a_platform_of_several_series_is_told() -> None:
    assert found(*THREE)["GSE1 and GSE2 share the platform GPL570."][0] == ("GSE1", "GSE2")


@pytest.mark.parametrize(
    ("whole", "part", "sure"),
    [
        (("SuperSeries of: GSE2",), ("SubSeries of: GSE1",), 1.0),
        (("SuperSeries of: GSE2",), (), 0.5),
        ((), ("SubSeries of: GSE1",), 0.5),
    ],
)
def test_a_whole_and_its_part_are_told_as_surely_as_both_records_say_so(
    whole: tuple[str, ...], part: tuple[str, ...], sure: float
) -> None:
    told = found(replace(TUMOURS, relations=whole), replace(CELLS, relations=part))

    text = "GSE1 is a SuperSeries of GSE2: it holds the same samples."
    assert told[text] == (("GSE1", "GSE2"), sure)


def test_relations_to_itself_and_to_series_elsewhere_are_none_here() -> None:
    told = found(replace(TUMOURS, relations=("SuperSeries of: GSE1", "SubSeries of: GSE99")), CELLS)

    assert not [text for text in told if "SuperSeries" in text]


def test_series_of_one_publication_do_not_confirm_each_other() -> None:
    told = found(TUMOURS, replace(CELLS, pubmed_ids=("11",)))

    assert [text for text in told if "one publication (PubMed 11)" in text]


def test_the_best_answer_is_as_sure_as_it_is_relevant() -> None:
    told = found(
        replace(TUMOURS, relevance=0.4),
        replace(CELLS, relevance=0.9, reasons=("Title has “cell”",)),
    )

    assert told["GSE2 answers the question best (Title has “cell”)."] == (("GSE2",), 0.9)


def test_recent_series_are_counted_from_today() -> None:
    told = insights.find(THREE, at=date(2031, 1, 1))

    text = "They were released from 2019 to 2023; none of 2 in the last 5 years."
    assert text in {one.text for one in told}
    assert "They were released from 2019 to 2023; 1 of 2 in the last 5 years." in found(*THREE)


def test_nothing_is_said_of_nothing() -> None:
    assert found() == {}
    assert found(series(1)) == {}


@given(known=some.integers(1, 200), agreeing=some.floats(0, 1), silent=some.integers(0, 200))
def test_confidence_is_a_share_and_falls_with_silence(
    known: int, agreeing: float, silent: int
) -> None:
    count = round(agreeing * known)

    sure = confidence.of_share(count, known=known, total=known + silent)

    assert 0 <= sure <= count / known + 0.01
    assert sure <= confidence.of_share(count, known=known, total=known)


@given(known=some.integers(1, 20))
def test_confidence_grows_with_the_number_that_agrees(known: int) -> None:
    all_agree = confidence.of_share(known, known=known, total=known)

    assert all_agree <= confidence.of_share(2 * known, known=2 * known, total=2 * known)
    assert confidence.of_share(known - 1, known=known, total=known) < all_agree


def test_nothing_is_sure_where_no_record_says_anything() -> None:
    assert confidence.of_share(0, known=0, total=5) == 0
    assert confidence.of_count(known=0, total=0) == 0


@given(
    some.lists(
        some.builds(
            series,
            some.integers(1, 50),
            organisms=some.sampled_from([(), ("Homo sapiens",), ("Mus musculus", "Homo sapiens")]),
            sample_count=some.none() | some.integers(0, 1000),
            platforms=some.sampled_from([(), ("GPL1",), ("GPL1", "GPL2")]),
            has_raw_data=some.sampled_from([None, True, False]),
            relevance=some.none() | some.floats(0, 1),
            release_date=some.none() | some.dates(date(2000, 1, 1), TODAY),
        ),
        unique_by=lambda one: one.accession,
        max_size=12,
    )
)
def test_each_insight_rests_on_series_of_the_report(chosen: list[Series]) -> None:
    for one in insights.find(chosen, at=TODAY):
        assert one.supporting
        assert set(one.supporting) <= {each.accession for each in chosen}
        assert 0 <= one.confidence <= 1
