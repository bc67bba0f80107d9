from datetime import date

import pytest

from discovery.understanding import understand

TODAY = date(2025, 6, 15)


@pytest.mark.parametrize(
    ("question", "intent"),
    [
        ("breast cancer", "search"),
        ("tumor versus normal colon", "search"),
        ("GSE2034", "accession_lookup"),
        ("is gse2034 any good", "accession_lookup"),
        ("compare Crohn's disease and ulcerative colitis", "compare"),
        ("what is the difference between AML and CML", "compare"),
        ("summarise what there is on psoriasis", "summarize"),
        ("give me an overview of sepsis studies", "summarize"),
        ("how many datasets on COPD are there", "count"),
        ("complete blood count in sepsis", "search"),
    ],
)
def test_the_intent_is_told(question, intent) -> None:
    assert understand(question, at=TODAY).intent == intent


def test_accessions_come_first_among_the_search_terms_in_capitals() -> None:
    read = understand("breast cancer like gse2034 and GSE96058, not gse2034", at=TODAY)

    assert read.search_terms[:2] == ("GSE2034", "GSE96058")


def test_a_question_that_we_know_more_of_is_understood_more_surely() -> None:
    known = understand("breast cancer in liver", at=TODAY)
    unknown = understand("frobnication of the gizmo", at=TODAY)

    assert 1 >= known.confidence > unknown.confidence > 0
