"""Which sentences are chosen."""

import numpy as np
import pytest

from discovery.summaries import Sentence, candidates, ranked


def chosen_from(summary: str, design: str | None = None, title: str = "A title of it") -> list[str]:
    found = candidates(title=title, summary=summary, design=design, known={"GSE1"})
    return [one.text for one in found]


def test_sentences_come_from_summary_and_design() -> None:
    found = candidates(
        title="A title",
        summary="Livers of mice were profiled.",
        design="There were six mice a group.",
        known=(),
    )

    assert [one.field for one in found] == ["summary", "overall_design"]


@pytest.mark.parametrize(
    "empty",
    [
        "Too short.",
        "Keywords: liver, mouse, fasting and refeeding",
        "Keywords = a time course of livers",
        "Web link: look at our page for it",
        "Refer to individual Series",
        "Please see attached patient parameters sheet for more information.",
        "This SuperSeries is composed of the SubSeries listed below.",
        "All data are at http://lab.example.org/data for you.",
        "Write to ada@lab.example.org if you need anything.",
        "They are shown <b>in bold</b> on the page.",
        "We used the samples of GSE4 for this study too.",
    ],
)
def test_what_tells_nothing_of_the_study_or_is_not_plain_is_not_chosen(empty: str) -> None:
    assert chosen_from(f"Livers of mice were profiled.\n{empty}") == [
        "Livers of mice were profiled."
    ]


def test_an_accession_of_the_record_itself_may_be_named() -> None:
    assert chosen_from("The series GSE1 has livers of mice.") != ["A title of it"]


def test_the_title_serves_if_there_is_nothing_else() -> None:
    assert chosen_from("This SuperSeries is composed of the SubSeries listed below.") == [
        "A title of it"
    ]
    assert chosen_from("Short.", title="See http://evil.example") == []


def test_a_huge_record_is_read_only_in_part() -> None:
    assert len(chosen_from("Livers of mice were profiled again. " * 3000)) == 60


def test_what_repeats_comes_after_what_adds() -> None:
    sentences = [Sentence("summary", f"Sentence number {n} of it.") for n in range(3)]
    vectors = np.array([[1, 0], [0.999, 0.045], [0.6, 0.8]], np.float32)

    order = ranked(sentences, vectors, np.array([1, 0], np.float32))

    assert order == [sentences[0], sentences[2], sentences[1]]


def test_a_finding_is_worth_more() -> None:
    sentences = [
        Sentence("summary", "Cells were grown for a week."),
        Sentence("summary", "Cells were grown for a day."),
        Sentence("summary", "We found that cells grew well."),
    ]
    vectors = np.array([[1, 0]] * 3, np.float32)

    assert ranked(sentences, vectors, vectors[0])[0] == sentences[2]


def test_nothing_is_chosen_from_nothing() -> None:
    assert ranked([], np.zeros((0, 2), np.float32), np.array([1, 0], np.float32)) == []
