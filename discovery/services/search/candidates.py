"""What search asks of PostgreSQL: lexemes, candidates with both scores, facets, matched words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from django.contrib.postgres.search import SearchQuery
from django.db import connection, transaction
from django.db.models import Expression, FloatField, Value
from numpy.typing import NDArray
from pgvector import HalfVector, SparseVector
from pgvector.django import CosineDistance, MaxInnerProduct

from discovery.models import Lexeme, SearchDocumentQuerySet
from discovery.models.index import TERM_DIMENSIONS
from discovery.ranking import bm25, lexical

# So many series that match by their words are scored, and the best of those are candidates.
MATCHES = 5000
BEST_MATCHES = 1000
# So many series that are closest in meaning are candidates, if they are close at all.
NEIGHBOURS = 300
LEAST_SIMILARITY = 0.2

Rows = dict[UUID, tuple[float, float | None]]  # series → its score by words, its similarity

READ_LEXEMES = """
select lexeme, array_agg(distinct word), coalesce(max(series_count), 0)
from unnest(%s::text[]) as word, unnest(tsvector_to_array(to_tsvector('geo', word))) as lexeme
    left join search_lexemes using (lexeme)
group by lexeme order by lexeme
"""
COUNT_SERIES = """
select greatest(reltuples, 0)::int,
    (select count(*) from search_documents where embedding is null)
from pg_class where oid = 'search_documents'::regclass
"""
COUNT_FACETS = """
with found as materialized (
    select organisms, study_types, extract(year from release_date)::int::text as year
    from search_documents where dataset_id = any(%(ids)s)
), counted as (
    select 'organism' as facet, unnest(organisms) as value from found
    union all select 'study_type', unnest(study_types) from found
    union all select 'year', year from found where year is not null
)
select facet, value, count(*) from counted group by facet, value order by facet, 3 desc, value
"""
FIND_WORDS = """
select dataset_id, lexeme, weights
from search_documents, unnest(document)
where dataset_id = any(%(ids)s) and lexeme = any(%(lexemes)s)
"""


@dataclass(frozen=True, slots=True)
class IndexState:
    """How many series are indexed (as last counted), and how many wait for an embedding."""

    series: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Candidates:
    """Series worth ranking with both scores: sequences of one length."""

    ids: list[UUID]
    has_words: NDArray[np.bool_]  # whether it matches by its words, not by meaning alone
    lexical: NDArray[np.float64]
    semantic: NDArray[np.float64]  # NaN where a series has no embedding yet


class Ready(SearchQuery):
    """A tsquery whose operands are lexemes already, and so are not parsed again."""

    template = "(%(expressions)s)::tsquery"


def read_lexemes(words: Sequence[str]) -> list[lexical.Term]:
    """Return the words' lexemes with their rarity; words that say nothing ("the") have none."""
    with connection.cursor() as cursor:
        cursor.execute(READ_LEXEMES, [list(words)])
        return [lexical.Term(lexeme, tuple(of), count) for lexeme, of, count in cursor.fetchall()]


def count_series(lexemes: Sequence[str]) -> dict[str, int]:
    """Return lexeme → in how many series it is; one that is in none is left out."""
    found = Lexeme.objects.filter(lexeme__in=lexemes) if lexemes else Lexeme.objects.none()
    return dict(found.values_list("lexeme", "series_count"))


def index_state() -> IndexState:
    with connection.cursor() as cursor:
        cursor.execute(COUNT_SERIES)
        series, waiting = cursor.fetchone()
    return IndexState(max(series, waiting), waiting)


def find(
    *,
    among: SearchDocumentQuerySet,
    terms: Sequence[lexical.Term],
    vector: NDArray[np.float32] | None,
    series_count: int,
) -> Candidates:
    """Return the series that match by words or, if a vector is given, by meaning.

    :param vector: the question's unit vector, or None to go by words alone
    """
    scored = among.annotate(
        lexical=_lexical_score(terms, series_count), semantic=_similarity(vector)
    )
    matches: Rows = {}
    neighbours: Rows = {}
    with transaction.atomic():
        _tune()
        if terms:
            matches = _rows(_best_matches(scored, among, terms, series_count))
        if vector is not None:
            neighbours = _rows(_neighbours(scored, vector))
    rows = neighbours | matches
    return Candidates(
        ids=list(rows),
        has_words=np.array([one in matches for one in rows], np.bool_),
        lexical=np.array([words for words, _ in rows.values()], np.float64),
        semantic=np.array([meaning for _, meaning in rows.values()], np.float64),
    )


def count_facets(ids: Sequence[UUID]) -> dict[str, dict[str, int]]:
    """Return facet → value → number of series, most frequent values first."""
    facets: dict[str, dict[str, int]] = {"organism": {}, "study_type": {}, "year": {}}
    with connection.cursor() as cursor:
        cursor.execute(COUNT_FACETS, {"ids": list(ids)})
        for facet, value, count in cursor.fetchall():
            facets[facet][value] = count
    return facets


def find_words(
    ids: Sequence[UUID], terms: Sequence[lexical.Term]
) -> dict[UUID, dict[str, frozenset[str]]]:
    """Return series → lexeme → the weight letters of the fields that the lexeme stands in."""
    found: dict[UUID, dict[str, frozenset[str]]] = {}
    values: dict[str, Any] = {"ids": list(ids), "lexemes": [term.lexeme for term in terms]}
    with connection.cursor() as cursor:
        cursor.execute(FIND_WORDS, values)
        for dataset_id, lexeme, letters in cursor.fetchall():
            found.setdefault(dataset_id, {})[lexeme] = frozenset(letters)
    return found


def _tune() -> None:
    """Let this transaction's searches use the indexes, and filters not starve the vector index."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"set local hnsw.ef_search = {NEIGHBOURS};"
            "set local hnsw.iterative_scan = relaxed_order;"
            "set local enable_seqscan = off"
        )


def _lexical_score(terms: Sequence[lexical.Term], series_count: int) -> Expression:
    weights = lexical.weights(terms, series_count=series_count)
    places = {bm25.place(lexeme) - 1: weight for lexeme, weight in weights.items()}
    if not places:
        return Value(0.0, output_field=FloatField())
    return -MaxInnerProduct("terms", SparseVector(places, TERM_DIMENSIONS))


def _similarity(vector: NDArray[np.float32] | None) -> Expression:
    if vector is None:
        return Value(None, output_field=FloatField())
    return 1 - CosineDistance("embedding", HalfVector(vector))


def _best_matches(
    scored: Any,  # annotated, which the type of a queryset does not say
    among: SearchDocumentQuerySet,
    terms: Sequence[lexical.Term],
    series_count: int,
) -> Any:
    query = lexical.candidates_query(terms, series_count=series_count)
    matching = among.filter(document=Ready(query))
    return scored.filter(pk__in=matching.values("pk")[:MATCHES]).order_by("-lexical")[:BEST_MATCHES]


def _neighbours(scored: Any, vector: NDArray[np.float32]) -> Any:
    distance = CosineDistance("embedding", HalfVector(vector))
    return scored.filter(embedding__isnull=False).order_by(distance)[:NEIGHBOURS]


def _rows(found: Any) -> Rows:
    return {
        dataset_id: (words, meaning)
        for dataset_id, words, meaning in found.values_list("pk", "lexical", "semantic")
    }
