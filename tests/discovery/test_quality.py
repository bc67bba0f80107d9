"""What quality sees in a record, and what it makes of it."""

from dataclasses import fields, replace
from datetime import date
from typing import Any

import pytest

from discovery.quality import LEVELS, WEIGHTS, Described, Level, assess, judge

TODAY = date(2026, 6, 1)
WELL = Described(
    title="Liver of treated mice",
    summary="Livers of mice that got the drug or a vehicle were profiled. " * 5,
    overall_design="Ten mice a group, in triplicate: drug against vehicle control.",
    organisms=["Mus musculus"],
    study_types=["Expression profiling by array"],
    platforms=["GPL1261"],
    sample_count=40,
    characteristics=[
        *("tissue: liver", "Age: 8 weeks", "age: 9 weeks", "treatment: vehicle", "treatment: drug"),
        *("sex: male", "sex: female"),
    ],
    subseries=[],
    pubmed_ids=["1"],
    raw_data=["CEL"],
    supplementary_types=["CEL"],
    release_date=date(2025, 1, 1),
    summary_truncated=False,
)


def score_of(series: Described, dimension: str, at: date = TODAY) -> float:
    score = judge(series, at=at)[dimension].score
    assert score is not None
    return score


def test_a_series_that_has_everything_is_of_full_quality() -> None:
    quality = assess(WELL, at=TODAY)

    assert (quality.score, quality.level) == (1.0, Level.EXCELLENT)
    assert len(quality.strengths) == len(WEIGHTS)
    assert quality.issues == []


def test_the_dimensions_are_those_that_have_a_weight() -> None:
    assert set(judge(WELL, at=TODAY)) == set(WEIGHTS)
    assert sum(WEIGHTS.values()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("lack", "dimension"),
    [
        ({"sample_count": 2}, "samples"),
        ({"sample_count": 0}, "samples"),
        ({"overall_design": None}, "metadata"),
        ({"overall_design": "Refer to individual Series"}, "metadata"),
        ({"summary": "Short."}, "metadata"),
        ({"summary_truncated": True}, "metadata"),
        ({"organisms": []}, "metadata"),
        ({"study_types": []}, "metadata"),
        ({"characteristics": ["tissue: liver, vehicle", "age: 8 weeks"]}, "metadata"),
        ({"raw_data": [], "supplementary_types": ["TXT"]}, "raw_data"),
        ({"platforms": ["GPL1", "GPL2"]}, "platform"),
        ({"platforms": [f"GPL{n}" for n in range(1, 9)]}, "platform"),
        ({"release_date": date(2002, 1, 1)}, "age"),
    ],
)
def test_what_a_series_lacks_lowers_its_quality(lack: dict[str, object], dimension: str) -> None:
    lacking = replace(WELL, **lack)

    quality = assess(lacking, at=TODAY)

    assert quality.score < 1.0
    assert score_of(lacking, dimension) < 1.0


@pytest.mark.parametrize(
    ("unknown", "dimension"),
    [
        ({"sample_count": None}, "samples"),
        ({"pubmed_ids": []}, "publication"),
        ({"raw_data": [], "supplementary_types": []}, "raw_data"),
        ({"platforms": []}, "platform"),
        ({"release_date": None}, "age"),
    ],
)
def test_what_is_unknown_is_not_judged(unknown: dict[str, object], dimension: str) -> None:
    quality = assess(replace(WELL, **unknown), at=TODAY)

    assert quality.dimensions[dimension] is None
    assert quality.score == 1.0
    assert quality.explanations[dimension] not in [*quality.strengths, *quality.issues]


def test_a_record_that_tells_next_to_nothing_is_judged_all_the_same() -> None:
    nothing: dict[str, Any] = {one.name: [] for one in fields(Described)} | {
        "title": "A title",
        "summary": "A summary.",
        "overall_design": None,
        "sample_count": None,
        "release_date": None,
        "summary_truncated": False,
    }

    quality = assess(Described(**nothing), at=TODAY)

    assert quality.level == Level.POOR
    assert all(quality.explanations.values())


@pytest.mark.parametrize(
    ("caught", "words"),
    [
        ({"summary": "This SuperSeries is composed of the SubSeries listed below."}, "SuperSeries"),
        ({"subseries": ["GSE1"]}, "SuperSeries"),
        ({"sample_count": 1}, "nothing to compare"),
    ],
)
def test_what_cannot_be_worked_with_is_poor_whatever_else_is_good(
    caught: dict[str, object], words: str
) -> None:
    quality = assess(replace(WELL, **caught), at=TODAY)

    assert quality.level == Level.POOR
    assert words in quality.issues[0]


def test_a_summary_that_is_cut_off_keeps_a_series_from_being_excellent() -> None:
    quality = assess(replace(WELL, summary_truncated=True), at=TODAY)

    assert quality.level == Level.GOOD
    assert "cut off" in quality.issues[0]


@pytest.mark.parametrize(
    ("score", "level"),
    [(0.9, "excellent"), (0.899, "good"), (0.75, "good"), (0.5, "fair"), (0.499, "poor")],
)
def test_levels_begin_where_the_contract_has_them(score: float, level: str) -> None:
    assert next(name for name, least in LEVELS.items() if score >= least) == level


@pytest.mark.parametrize(
    ("text", "is_control"),
    [
        ("Eight tumours and six healthy controls.", True),
        ("Cells were treated with DMSO or the drug.", True),
        ("siCtrl and siMYC cells.", True),
        ("Wild-type and knockout mice.", True),
        ("Tumour and adjacent normal tissue.", True),
        ("Normal human liver samples and carcinomas.", True),
        ("Data passed quality control.", False),
        ("Genes under the control of a promoter.", False),
        ("MYC controls the cell cycle.", False),
        ("There are no controls.", False),
        ("Samples of twelve patients.", False),
    ],
)
def test_a_control_is_told_from_other_words_that_look_like_one(
    text: str, is_control: object
) -> None:
    series = replace(WELL, summary="A study.", overall_design=text, characteristics=[])

    judged = judge(series, at=TODAY)["controls"]

    assert (judged.score == 1.0) == is_control


@pytest.mark.parametrize(
    ("changes", "score"),
    [
        ({"summary": "Cells got a vehicle."}, 0.8),
        ({"summary": "Old mice versus young mice."}, 0.6),
        ({"summary": "Patients."}, 0.25),
        ({"summary": "Patients", "overall_design": None, "summary_truncated": True}, None),
    ],
)
def test_controls_count_by_where_they_stand(
    changes: dict[str, object], score: float | None
) -> None:
    bare = replace(WELL, overall_design="Patients.", characteristics=[])

    assert judge(replace(bare, **changes), at=TODAY)["controls"].score == score


@pytest.mark.parametrize(
    ("design", "is_better"),
    [
        ("Three biological replicates a group.", True),
        ("n = 3 mice.", True),
        ("Without replicates.", False),
        ("Six mice.", False),
    ],
)
def test_replicates_are_worth_something(design: str, is_better: object) -> None:
    few = replace(WELL, sample_count=6, overall_design=design)

    assert (score_of(few, "samples") > 0.65) == is_better
    assert judge(few, at=TODAY)["samples"].reason.startswith("6 samples")


def test_age_depends_on_the_date_that_is_given() -> None:
    dates = [TODAY, date(2040, 6, 1), date(2090, 6, 1)]

    ages = [score_of(WELL, "age", at) for at in dates]
    scores = [assess(WELL, at=at).score for at in dates]

    assert ages == sorted(ages, reverse=True)
    assert scores == sorted(scores, reverse=True)
    assert (ages[0], ages[2]) == pytest.approx((1.0, 0.3))
    assert len(set(scores)) == 3
    assert "65 years ago" in judge(WELL, at=dates[2])["age"].reason


def test_a_release_in_the_future_is_as_good_as_new() -> None:
    assert judge(replace(WELL, release_date=date(2030, 1, 1)), at=TODAY)["age"].score == 1.0


def test_a_long_list_is_not_read_out() -> None:
    told = judge(replace(WELL, pubmed_ids=[str(n) for n in range(1, 8)]), at=TODAY)

    assert told["publication"].reason == "Published: PubMed 1, 2, 3, 4 and 3 more."
