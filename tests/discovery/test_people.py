"""Who asks for a disease mostly wants series that studied people."""

import pytest

from discovery.ranking.lexical import OF_PATIENTS, Term, candidates_query, ceiling, weights
from discovery.ranking.people import ANIMALS, PEOPLE, studied
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

    assert (found.id, found.letters) == (PEOPLE, "AC")


@pytest.mark.parametrize(
    ("organisms", "texts"),
    [
        ([], {"A": "Skin", "B": "Patients suffer."}),
        ([], {"C": "Refer to individual Series, subject to change"}),
        (["Mus musculus"], {"A": "What patients have"}),
        ([], {}),
    ],
)
def test_people_are_not_studied_where_they_are_only_mentioned(
    organisms: list[str], texts: dict[str, str]
) -> None:
    assert studied(organisms=organisms, texts=texts) == []


def test_animals_are_studied_if_title_or_design_speak_of_them() -> None:
    texts = {"A": "Skin of mice", "B": "Rats have it, too.", "C": "Knock-out against wild type"}

    (found,) = studied(organisms=["Mus musculus"], texts=texts)

    assert (found.id, found.letters) == (ANIMALS, "AC")


def test_who_was_studied_counts_little_beside_what_was_asked() -> None:
    found = weights([WORD, *OF_PATIENTS], series_count=100)

    assert 0 < found[PEOPLE] < found["psoriasi"] / 5
    assert found[ANIMALS] == -found[PEOPLE]


def test_what_counts_against_a_series_does_not_lower_what_it_can_reach() -> None:
    found = weights([WORD, *OF_PATIENTS], series_count=100)

    most = ceiling([WORD, *OF_PATIENTS], series_count=100)

    assert most == pytest.approx(2.2 * (found["psoriasi"] + found[PEOPLE]))


def test_people_and_animals_alone_find_nothing() -> None:
    assert candidates_query([WORD, *OF_PATIENTS], series_count=100) == "'psoriasi'"


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


MICE = CELLS | {"accession": "GSE4", "overall_design": "Keratinocytes of ten mice."}


def order(question: str) -> list[str]:
    answer: Answer = search(
        question=question, filters=Filters(), max_results=10, mode=Mode.LEXICAL, at=NOON.date()
    )
    return [hit.dataset.accession for hit in answer.hits]


def test_a_question_for_a_disease_prefers_series_of_people(load: Load) -> None:
    load(CELLS, PATIENTS, YEAST)

    assert order("psoriasis") == ["GSE2", "GSE1"]


def test_a_question_for_a_disease_puts_series_of_animals_last(load: Load) -> None:
    load(MICE, CELLS, PATIENTS, YEAST)

    assert order("psoriasis") == ["GSE2", "GSE1", "GSE4"]


@pytest.mark.parametrize("question", ["treated", "mouse psoriasis"])
def test_a_question_for_something_else_does_not(load: Load, question: str) -> None:
    load(CELLS, PATIENTS, YEAST)

    assert order(question) == ["GSE1", "GSE2"]
