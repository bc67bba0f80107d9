import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from discovery import indexing
from discovery.models import Dataset, Lexeme, SearchDocument
from discovery.ranking import bm25, fusion, lexical
from discovery.ranking.lexical import Term, candidates_query, quoted
from discovery.services import catalogue
from tests.discovery.conftest import NOON, SERIES, Load, lines_of


def term(lexeme: str, series_count: int) -> Term:
    return Term(lexeme, (lexeme,), series_count)


def test_any_of_the_rare_words_is_enough() -> None:
    query = candidates_query([term("zebra", 10), term("stripe", 20)], series_count=100_000)

    assert query == "'zebra' | 'stripe'"


def test_of_the_frequent_words_all_must_be_there() -> None:
    query = candidates_query([term("breast", 40_000), term("cancer", 30_000)], series_count=100_000)

    assert query == "('cancer' & 'breast')"


def test_rare_and_frequent_words_are_alternatives() -> None:
    terms = [term("cancer", 30_000), term("brca1", 100), term("breast", 40_000)]

    query = candidates_query(terms, series_count=100_000)

    assert query == "'brca1' | ('cancer' & 'breast')"


def test_words_of_most_series_are_not_asked_for() -> None:
    query = candidates_query([term("the", 99_000), term("zebra", 10)], series_count=100_000)

    assert query == "'zebra'"


def test_words_of_most_series_are_asked_for_if_there_are_no_others() -> None:
    assert candidates_query([term("the", 99_000)], series_count=100_000) == "('the')"


def test_scenery_finds_nothing_unless_there_is_nothing_else() -> None:
    scenery = Term("human", ("human",), 5, is_scenery=True)

    assert candidates_query([scenery, term("zebra", 10)], series_count=1000) == "'zebra'"
    assert candidates_query([scenery], series_count=1000) == "'human'"


def test_no_words_make_no_query() -> None:
    assert candidates_query([], series_count=5) == ""


@pytest.mark.django_db
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1))
def test_a_quoted_lexeme_is_one_operand_whatever_it_holds(lexeme: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select numnode(%s::tsquery)", [quoted(lexeme)])

        assert cursor.fetchone() == (1,)


def test_rarer_words_weigh_more() -> None:
    weights = lexical.weights([term("zebra", 10), term("cell", 900)], series_count=1000)

    assert weights["zebra"] > weights["cell"] > 0


def test_one_rare_word_weighs_more_than_two_that_are_half_as_telling() -> None:
    weights = lexical.weights([term("zebra", 1), term("coat", 300)], series_count=100_000)

    assert weights["zebra"] > 2 * weights["coat"]


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_no_word_weighs_less_than_nothing(found: int, series_count: int) -> None:
    weights = lexical.weights([term("word", found)], series_count=series_count)

    assert weights["word"] >= 0


@pytest.mark.django_db
@pytest.mark.parametrize("lexeme", ["cancer", "β-cell", "'", "a b"])
def test_a_lexemes_place_is_the_same_in_python_and_in_sql(lexeme: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select ('x' || left(md5(%s), 7))::bit(28)::int + 1", [lexeme])

        assert cursor.fetchone() == (bm25.place(lexeme),)


def test_the_score_is_bm25(load: Load) -> None:
    load(
        {"accession": "GSE1", "title": "Zebra stripes", "summary": "A zebra has stripes."},
        {"accession": "GSE2", "title": "Horses", "summary": "A horse has none."},
    )
    document = SearchDocument.objects.get(dataset__accession="GSE1")
    # "zebra": once in the title (weight 2), once in the summary (weight 1); all words of the
    # title, summary and accession together weigh 2 * 2 + 4 * 1 + 1.
    often, length = 3.0, 9.0
    expected = (
        often
        * (bm25.K1 + 1)
        / (often + bm25.K1 * (1 - bm25.B + bm25.B * length / bm25.AVERAGE_LENGTH))
    )

    impacts = dict(zip(document.terms.indices(), document.terms.values(), strict=True))

    assert impacts[bm25.place("zebra") - 1] == pytest.approx(expected, abs=1e-4)


def test_lexemes_are_counted_by_series_not_by_occurrence(load: Load) -> None:
    load(
        {"accession": "GSE1", "title": "Zebra", "summary": "Zebra, zebra."},
        {"accession": "GSE2", "title": "Zebra"},
    )

    assert Lexeme.objects.get(lexeme="zebra").series_count == 2


@pytest.mark.django_db(transaction=True)
def test_two_counts_at_once_end_one_after_the_other() -> None:
    catalogue.load(lines=lines_of(SERIES), at=NOON)

    def count() -> None:
        indexing.count_lexemes()
        connection.close()

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(count) for _ in range(8)]:
            done.result()

    assert Lexeme.objects.get(lexeme="heat").series_count == 1


def test_stop_words_are_words_here(load: Load) -> None:
    load({"accession": "GSE1", "title": "Down syndrome"})

    assert Lexeme.objects.filter(lexeme="down").exists()


def fuse(
    words: list[float],
    meaning: list[float],
    shares: fusion.Shares = fusion.EQUAL,
    ceiling: float = 10.0,
) -> list[float]:
    fused: list[float] = fusion.fuse(
        lexical=np.array(words),
        semantic=np.array(meaning),
        ceiling=ceiling,
        shares=shares,
    ).tolist()
    return fused


def test_each_mode_goes_by_what_its_name_says() -> None:
    assert fuse([5.0, 1.0], [0.1, 0.9], fusion.LEXICAL) == [0.5, 0.1]
    assert fuse([5.0, 1.0], [0.1, 0.9], fusion.SEMANTIC) == [0.1, 0.9]
    assert fuse([5.0, 1.0], [0.1, 0.9]) == pytest.approx([0.3, 0.5])


def test_a_sentence_is_searched_more_by_its_words_than_a_topic_is() -> None:
    topic, sentence = fusion.hybrid_shares(lexemes=3), fusion.hybrid_shares(lexemes=20)

    assert sentence.lexical > topic.lexical
    assert sentence.lexical + sentence.semantic == topic.lexical + topic.semantic == 1


def test_an_unknown_similarity_counts_as_a_middling_one() -> None:
    assert fuse([0.0] * 3, [0.2, math.nan, 0.8]) == pytest.approx([0.1, 0.25, 0.4])


scores = st.lists(st.tuples(st.floats(0, 1e6), st.floats(-1, 1) | st.just(math.nan)), max_size=20)


@given(
    scores,
    st.sampled_from([fusion.LEXICAL, fusion.SEMANTIC, fusion.MOSTLY_LEXICAL]),
    st.just(0.0) | st.floats(1e-6, 1e6),
)
def test_relevance_is_always_a_number_from_0_to_1(
    pairs: list[tuple[float, float]], shares: fusion.Shares, ceiling: float
) -> None:
    fused = fuse([words for words, _ in pairs], [meaning for _, meaning in pairs], shares, ceiling)

    assert all(0 <= one <= 1 for one in fused)


def test_the_model_puts_texts_about_the_same_thing_together(load: Load) -> None:
    load(
        {"accession": "GSE1", "title": "Breast carcinoma", "summary": "Tumours of the breast."},
        {"accession": "GSE2", "title": "Yeast", "summary": "Budding yeast in heat."},
    )

    done = indexing.embed_waiting(threads=1)

    like, unlike = (
        np.array(Dataset.objects.get(accession=name).search_document.embedding)
        for name in ("GSE1", "GSE2")
    )
    asked = indexing.embeddings.model(threads=1).embed(["mammary tumor"])[0]
    assert done == 2
    assert asked @ like > asked @ unlike + 0.2
