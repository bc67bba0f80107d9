"""Who asks for a disease mostly wants series that studied people."""

import pytest

from discovery.ranking.lexical import OF_PEOPLE, Term, candidates_query, ceiling, weights
from discovery.ranking.people import LEXEME, studied
from discovery.services.search import Answer, Mode, search
from discovery.understanding import Filters
from tests.discovery.conftest import NOON, Load

WORD = Term("psoriasi", ("psoriasis",), 5)


@pytest.mark.parametrize(
    "text", ["Skin of patients", "A cohort study", "Twelve healthy volunteers"]
)
def test_people_are_studied_if_title_or_design_speak_of_them(text: str) -> None:
    assert studied(organisms=[], texts={"A": text})
    assert studied(organisms=["Homo sapiens"], texts={"C": text})


def test_it_is_known_which_fields_speak_of_people() -> None:
    (found,) = studied(organisms=[], texts={"A": "Patients", "C": "Forty patients"})

    assert (found.id, found.letters) == (LEXEME, "AC")


@pytest.mark.parametrize(
    ("organisms", "texts"),
    [
        ([], {"A": "Skin", "B": "Patients suffer."}),
        ([], {"C": "Refer to individual Series, subject to change"}),
        (["Mus musculus"], {"A": "A model of what patients have"}),
        ([], {}),
    ],
)
def test_people_are_not_studied_where_they_are_only_mentioned(
    organisms: list[str], texts: dict[str, str]
) -> None:
    assert studied(organisms=organisms, texts=texts) == []


def test_that_people_were_studied_counts_little_beside_what_was_asked() -> None:
    found = weights([WORD, OF_PEOPLE], series_count=100)

    assert 0 < found[LEXEME] < found["psoriasi"] / 5
    assert ceiling([WORD, OF_PEOPLE], series_count=100) == pytest.approx(2.2 * sum(found.values()))


def test_people_alone_find_nothing() -> None:
    assert candidates_query([WORD, OF_PEOPLE], series_count=100) == "'psoriasi'"


CELLS = {
    "accession": "GSE1",
    "title": "Psoriasis and keratinocytes",
    "summary": "A line of keratinocytes was treated.",
}
PATIENTS = CELLS | {
    "accession": "GSE2",
    "title": "Psoriasis in keratinocytes",
    "overall_design": "Keratinocytes of ten patients.",
}
YEAST = {"accession": "GSE3", "title": "Yeast"}


def order(question: str) -> list[str]:
    answer: Answer = search(
        question=question, filters=Filters(), max_results=10, mode=Mode.LEXICAL, at=NOON.date()
    )
    return [hit.dataset.accession for hit in answer.hits]


def test_a_question_for_a_disease_prefers_series_of_people(load: Load) -> None:
    load(CELLS, PATIENTS, YEAST)

    assert order("psoriasis") == ["GSE2", "GSE1"]


@pytest.mark.parametrize("question", ["treated", "mouse psoriasis"])
def test_a_question_for_something_else_does_not(load: Load, question: str) -> None:
    load(CELLS, PATIENTS, YEAST)

    assert order(question) == ["GSE1", "GSE2"]
