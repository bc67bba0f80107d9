"""What each kind of report tells, and in which order."""

from dataclasses import replace

import pytest

from discovery.reports import Asked, Kind, Report, Series, compose
from discovery.reports.document import Block, Chart, Items, Paragraph, Table
from discovery.reports.wording import excerpt, listed, shares
from tests.discovery.reports.made import CELLS, MICE, THREE, TODAY, TUMOURS, series


def report(
    kind: Kind, *some_series: Series, question: str = "", found: int | None = None
) -> Report:
    return compose(some_series, Asked(kind, question, found), at=TODAY)


def titles(made: Report) -> list[str]:
    return [one.title for one in made.sections]


def blocks(made: Report, title: str) -> tuple[Block, ...]:
    return next(one.blocks for one in made.sections if one.title == title)


def table(made: Report, section: str, title: str) -> Table:
    return next(
        one for one in blocks(made, section) if isinstance(one, Table) and one.title == title
    )


def test_the_title_says_what_it_is_about() -> None:
    assert (
        report(Kind.BRIEF, *THREE, question="breast cancer").title == "Brief report: breast cancer"
    )
    assert report(Kind.BRIEF, *THREE).title == "Brief report: GSE1, GSE2 and GSE3"


def test_the_summary_counts_and_judges() -> None:
    assert report(Kind.BRIEF, *THREE).summary == (
        "3 series with 95 samples. Of good quality or better: 2 of 3 (average 0.63)."
        " 2 of 3 series study Homo sapiens; others: Mus musculus (1)."
    )
    best = report(Kind.BRIEF, *THREE, question="cancer", found=1234).summary
    assert best.startswith("The best 3 with 95 samples of 1,234 series that answer the question.")


def test_a_brief_report_stays_brief() -> None:
    made = report(Kind.BRIEF, *[replace(TUMOURS, accession=f"GSE{n}") for n in range(1, 40)])

    assert titles(made) == ["Key insights", "Series", "Recommendations"]
    assert len(made.insights) <= 3
    assert len(made.recommendations) <= 3
    assert len(table(made, "Series", "The first series").rows) == 5


def test_an_executive_report_begins_with_whether_there_is_enough() -> None:
    enough = blocks(report(Kind.EXECUTIVE, *THREE), "Bottom line")
    alone = blocks(report(Kind.EXECUTIVE, TUMOURS, MICE), "Bottom line")
    unknown = blocks(report(Kind.EXECUTIVE, series(1)), "Bottom line")

    text = "2 of 3 series are of good quality or better, with 92 samples together."
    assert enough == (Paragraph(f"Enough to work with: {text}"),)
    text = "1 of 2 series is of good quality or better, with 80 samples together."
    assert alone == (Paragraph(f"Not enough by itself: {text}"),)
    assert unknown == (Paragraph("The quality of these series was not judged."),)


def test_an_executive_report_begins_work_with_what_is_relevant_and_good() -> None:
    made = report(
        Kind.EXECUTIVE,
        replace(MICE, relevance=1.0),
        replace(CELLS, relevance=0.9),
        replace(TUMOURS, relevance=0.1),
    )

    (best,) = blocks(made, "Where to begin")
    assert isinstance(best, Items)
    assert [text[:4] for text in best.texts] == ["GSE2", "GSE3", "GSE1"]


def test_an_executive_report_tells_the_risks() -> None:
    part = replace(CELLS, relations=("SubSeries of: GSE1",))

    (risks,) = blocks(report(Kind.EXECUTIVE, TUMOURS, part, MICE), "Risks")

    assert risks == Items(
        (
            "Few samples, so little can be shown with them: GSE3.",
            "GSE2 is a part of GSE1: samples may be counted twice.",
        )
    )


def test_a_technical_report_tells_where_the_data_are() -> None:
    made = report(Kind.TECHNICAL, *THREE)

    data = table(made, "Data", "Data and where it is")
    assert data.columns[4:7] == ("Raw data", "Files", "SRA")
    assert [row[4] for row in data.rows] == ["yes", "no", "not stated"]
    alike = table(made, "Platforms and types", "Measured alike")
    assert alike.rows == (("GPL570", "2", "92", "GSE1 and GSE2"),)
    (designs,) = blocks(made, "Designs")
    assert isinstance(designs, Table)
    assert [row[1] for row in designs.rows] == ["Three lines, each in duplicate."]


def test_a_comprehensive_report_compares() -> None:
    made = report(Kind.COMPREHENSIVE, *THREE)

    organisms = table(made, "Comparison", "Organisms")
    assert organisms.rows[0] == ("Homo sapiens", "2", "92", "GSE1 and GSE2")
    years = table(made, "Comparison", "Years of release")
    assert [row[0] for row in years.rows] == ["2019", "2023"]
    samples = table(made, "Comparison", "Samples")
    assert [row[:2] for row in samples.rows] == [
        ("All together", "95"),
        ("Smallest", "3"),
        ("Median", "12"),
        ("Largest", "80"),
    ]


def test_a_comprehensive_report_tells_of_the_first_series_one_by_one() -> None:
    made = report(
        Kind.COMPREHENSIVE, *[replace(TUMOURS, accession=f"GSE{n}") for n in range(1, 40)]
    )

    alone = [title for title in titles(made) if title.startswith("GSE")]
    assert alone == [f"GSE{n}" for n in range(1, 26)]
    assert titles(made)[-2:] == ["Recommendations", "How this was made"]


def test_without_recommendations_there_is_no_section_for_them() -> None:
    made = compose(THREE, Asked(Kind.COMPREHENSIVE, with_recommendations=False), at=TODAY)

    assert (made.recommendations, titles(made)[-1]) == ((), "How this was made")


def test_the_chart_draws_the_largest_and_says_how_many_are_left() -> None:
    many = [replace(TUMOURS, accession=f"GSE{n}", sample_count=n) for n in range(1, 16)]

    charts = [one for one in blocks(report(Kind.BRIEF, *many), "Series") if isinstance(one, Chart)]

    assert charts[0].bars[0] == ("GSE15", 15)
    assert len(charts[0].bars) == 12
    assert charts[0].description.endswith("GSE4, 4. 3 smaller series are not drawn.")


@pytest.mark.parametrize("kind", Kind)
def test_a_report_on_nothing_says_so(kind: Kind) -> None:
    made = report(kind)

    assert made.summary == "Nothing in the catalogue answers this question."
    assert (made.insights, made.quality, made.accessions) == ((), None, ())
    assert made.recommendations


@pytest.mark.parametrize("kind", Kind)
def test_a_record_that_says_nothing_can_be_reported_on(kind: Kind) -> None:
    assert report(kind, series(1), series(2)).summary == "2 series."


def test_words_of_reports() -> None:
    assert [listed(["A", "B", "C"][:n]) for n in range(4)] == ["", "A", "A and B", "A, B and C"]
    assert listed(list("ABCDEF")) == "A, B, C, D and 2 more"
    assert [shares(n, 2) for n in range(3)] == ["none of 2", "1 of 2", "both"]
    assert [shares(1, 1), shares(3, 3)] == ["the one", "all 3"]
    assert excerpt("One two three. Four five", words=4) == "One two three."
    assert excerpt("One two three four five", words=4) == "One two three four …"
