"""Concepts: what series are about, beyond the words that they say it with."""

from pathlib import Path

import pytest
from django.core.management import call_command

from discovery import indexing
from discovery.models import SearchDocument
from discovery.ontologies.terms import Entry
from discovery.ranking.concepts import Concept, Mention, concepts_of, most_told
from discovery.ranking.fusion import SENTENCE
from discovery.ranking.lexical import CONCEPT_SHARE, Term, candidates_query, ceiling, weights
from discovery.ranking.reasons import Facts, Subject, reasons_for
from discovery.services import ontologies
from discovery.services.search import Answer, Mode, search
from discovery.understanding import Filters
from tests.discovery.conftest import NOON, Load
from tests.discovery.ontologies.conftest import write

ABOVE = {"TNBC": ["BC", "cancer"], "BC": ["cancer"]}
NOTHING = Facts([], [], [], None, None, None, None)


def mention(id_: str, letter: str, kind: str = "disease") -> Mention:
    return Mention(id_, kind, letter)


def found(*mentions: Mention) -> dict[str, Concept]:
    return {one.id: one for one in concepts_of(mentions, ABOVE)}


def word(lexeme: str, series_count: int = 1) -> Term:
    return Term(lexeme, (lexeme,), series_count)


def concept(id_: str, *words: str, series_count: int = 1) -> Term:
    return Term(id_, words, series_count, is_concept=True)


def test_a_mention_counts_for_its_term_and_for_all_above_it() -> None:
    assert set(found(mention("TNBC", "A"))) == {"TNBC", "BC", "cancer"}


def test_a_term_is_said_in_all_the_fields_of_what_is_below_it() -> None:
    assert found(mention("TNBC", "A"), mention("BC", "B"))["BC"].letters == "AB"


def test_a_title_tells_more_than_a_summary() -> None:
    assert found(mention("BC", "A"))["BC"].impact > found(mention("BC", "B"))["BC"].impact


def test_a_disease_among_others_is_told_less_of() -> None:
    alone = found(mention("BC", "B"))
    among = found(mention("BC", "B"), *(mention(f"other{at}", "B") for at in range(9)))

    assert among["BC"].impact < alone["BC"].impact


def test_tissues_do_not_dilute_diseases() -> None:
    with_tissue = found(mention("BC", "B"), mention("liver", "B", "tissue"))

    assert with_tissue["BC"].impact == found(mention("BC", "B"))["BC"].impact


def test_subjects_come_in_the_order_of_what_is_told_of_them() -> None:
    assert most_told([mention("BC", "B"), mention("TNBC", "A"), mention("BC", "B")]) == [
        "TNBC",
        "BC",
    ]


def test_a_concept_counts_for_a_share_of_the_words_that_name_it() -> None:
    terms = [word("breast", 5), word("cancer", 9), word("x", 2), concept("BC", "breast", "cancer")]

    found = weights(terms, series_count=100)

    assert found["BC"] == pytest.approx(CONCEPT_SHARE * (found["breast"] + found["cancer"]))
    assert ceiling(terms, series_count=100) == pytest.approx(2.2 * sum(found.values()))


def test_in_a_sentence_words_count_more_than_concepts() -> None:
    sentence = [*(word(f"word{at}", 5) for at in range(SENTENCE)), concept("BC", "word0")]

    found = weights(sentence, series_count=100)

    assert found["BC"] < found["word0"]


def test_a_frequent_concept_stands_for_its_words() -> None:
    terms = [
        word("breast", 20000),
        word("cancer", 30000),
        word("mice", 10000),
        concept("BC", "breast", "cancer", series_count=15000),
    ]

    query = candidates_query(terms, series_count=100_000)

    assert query == "(('BC' | ('breast' & 'cancer')) & 'mice')"


def why(*terms: Term, letters: dict[str, str], subjects: list[Subject]) -> list[str]:
    return reasons_for(
        terms=terms,
        letters_of={lexeme: frozenset(of) for lexeme, of in letters.items()},
        subjects=subjects,
        similarity=None,
        facts=NOTHING,
        filters=Filters(),
    )


ASKED = (word("breast"), word("cancer"), concept("BC", "breast", "cancer"))
TNBC = Subject("TNBC", "disease", "triple-negative breast carcinoma", frozenset({"BC", "cancer"}))
BC = Subject("BC", "disease", "breast carcinoma", frozenset({"cancer"}))


@pytest.mark.parametrize(
    ("letters", "reason"),
    [
        ("AB", "Studies triple-negative breast carcinoma, a kind of breast cancer"),
        ("D", "Samples have triple-negative breast carcinoma, a kind of breast cancer"),
        ("B", "Mentions triple-negative breast carcinoma, a kind of breast cancer"),
    ],
)
def test_reasons_name_what_is_below_and_whether_it_is_studied(letters: str, reason: str) -> None:
    assert why(*ASKED, letters={"BC": letters}, subjects=[TNBC]) == [reason]


def test_reasons_name_the_same_under_another_name() -> None:
    assert why(*ASKED, letters={"BC": "A"}, subjects=[BC]) == ["Studies breast carcinoma"]


def test_reasons_do_not_repeat_what_the_words_say() -> None:
    letters = {"BC": "A", "breast": "A", "cancer": "A"}

    assert why(*ASKED, letters=letters, subjects=[BC]) == ["Title has “breast”, “cancer”"]


def test_reasons_quote_words_without_the_signs_beside_them() -> None:
    asked = Term("cancer", ("(cancer),",), 1)

    assert why(asked, letters={"cancer": "A"}, subjects=[]) == ["Title has “cancer”"]


@pytest.fixture
def small_ontology(db: None, tmp_path: Path) -> None:
    """Load an ontology in which a sarcoma of bone is a cancer."""
    write(tmp_path)
    ontologies.load(at=NOON, folder=tmp_path)


def ask(question: str) -> Answer:
    return search(
        question=question, filters=Filters(), max_results=20, mode=Mode.LEXICAL, at=NOON.date()
    )


BONE = {"accession": "GSE1", "title": "A bone sarcoma", "summary": "It grew in a knee."}
YEAST = {"accession": "GSE2", "title": "Yeast", "summary": "It grew in a bath."}


@pytest.mark.django_db
def test_what_is_below_a_term_is_found_though_it_shares_no_word(load: Load, tmp_path: Path) -> None:
    frobitis = Entry("MONDO:2", "disease", "frobitis", (), (), None)
    grokosis = Entry("MONDO:3", "disease", "grokosis", (), ("MONDO:2",), None)
    write(tmp_path, [frobitis, grokosis])
    ontologies.load(at=NOON, folder=tmp_path)
    load(BONE | {"title": "Grokosis of knees"}, YEAST)

    (hit,) = ask("frobitis").hits

    assert hit.dataset.accession == "GSE1"
    assert hit.reasons == ["Studies grokosis, a kind of frobitis"]


@pytest.mark.usefixtures("small_ontology")
def test_series_are_indexed_anew_when_ontologies_change(load: Load, tmp_path: Path) -> None:
    load(BONE, YEAST)
    before = SearchDocument.objects.get(dataset__accession="GSE1").subjects
    assert indexing.index_outdated() == 0
    write(tmp_path, [], version="v2")
    ontologies.load(at=NOON, folder=tmp_path)

    assert indexing.index_outdated() == 2
    assert indexing.index_outdated() == 0
    assert "MONDO:3" in before
    assert "MONDO:3" not in SearchDocument.objects.get(dataset__accession="GSE1").subjects


@pytest.mark.usefixtures("small_ontology")
def test_indexing_anew_keeps_embeddings_of_texts_that_are_the_same(load: Load) -> None:
    load(BONE)
    indexing.embed_waiting(threads=1)
    SearchDocument.objects.update(indexed_by="before")

    call_command("index_series")

    assert not SearchDocument.objects.waiting_for_embedding().exists()
    assert SearchDocument.objects.exclude(indexed_by="before").count() == 1
