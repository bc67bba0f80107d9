"""Keep the search index in step with the catalogue.

Words are indexed at once, in SQL; embeddings follow in the background (see `tasks`).
"""

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection, transaction

from discovery import embeddings, grounding
from discovery.describing import has_raw_data
from discovery.models import Dataset, Lexeme, SearchDocument
from discovery.models.index import TERM_DIMENSIONS
from discovery.ranking import bm25, people
from discovery.ranking.concepts import Concept, concepts_of, most_told
from discovery.ranking.lexical import quoted

# A transaction each: on a machine that is busy, more texts would outlast what it may stand idle.
EMBEDDING_BATCH = 16
WORDS_BATCH = 500

# A series' concepts are lexemes too: found, counted and scored like its words, but not part of its
# length. A lexeme's places carry the letters of the fields that it stands in; weighted, they are its
# frequency, and the document's length is their sum over all lexemes.
INDEX_WORDS = """
with incoming as (
    select * from unnest(
        %(ids)s::uuid[], %(published)s::bool[], %(raw)s::bool[], %(digests)s::text[],
        %(subjects)s::text[], %(concepts)s::text[]
    ) as one(id, has_publication, has_raw_data, text_digest, subjects, concepts)
), written as materialized (
    select one.*, d.organisms, d.study_types, d.platforms, d.sample_count, d.release_date,
        setweight(to_tsvector('geo', d.title), 'A')
        || setweight(to_tsvector('geo', d.summary), 'B')
        || setweight(to_tsvector('geo', coalesce(d.overall_design, '')), 'C')
        || setweight(to_tsvector('geo', array_to_string(
            d.organisms || d.study_types || d.platforms || d.characteristics || d.accession::text,
            ' . '
        )), 'D') as words
    from incoming one join datasets d using (id)
), counted as materialized (
    select id, ('x' || left(md5(lexeme), 7))::bit(28)::int + 1 as place, (
        select sum(case letter when 'A' then %(a)s when 'B' then %(b)s when 'C' then %(c)s
            else %(d)s end::float4) from unnest(weights) as letter
    ) as often
    from written, unnest(words)
), frequencies as (
    select id, place, sum(often) as often, sum(sum(often)) over (partition by id) as length
    from counted group by id, place
), impacts as (
    select id, place, often * (%(k1)s + 1) / (
        often + %(k1)s * (1 - %(length_share)s + %(length_share)s * length / %(average)s)
    ) as impact
    from frequencies
    union all select * from unnest(
        %(concept_series)s::uuid[], %(concept_places)s::int[], %(concept_impacts)s::float4[]
    )
), vectors as (
    select id, ('{' || string_agg(place || ':' || round(impact::numeric, 4), ',' order by place)
        || '}/' || %(dimensions)s)::sparsevec as terms
    from (select id, place, sum(impact) as impact from impacts group by id, place) as one
    group by id
)
insert into search_documents as old (
    dataset_id, organisms, study_types, platforms, sample_count, release_date, has_publication,
    has_raw_data, document, terms, subjects, indexed_by, text_digest
)
select id, organisms, study_types, platforms, sample_count, release_date, has_publication,
    has_raw_data, concepts::tsvector || words,
    coalesce(terms, ('{}/' || %(dimensions)s)::sparsevec),
    string_to_array(subjects, ' '), %(indexed_by)s, text_digest
from written left join vectors using (id)
on conflict (dataset_id) do update set
    organisms = excluded.organisms, study_types = excluded.study_types,
    platforms = excluded.platforms, sample_count = excluded.sample_count,
    release_date = excluded.release_date, has_publication = excluded.has_publication,
    has_raw_data = excluded.has_raw_data, document = excluded.document,
    terms = excluded.terms, subjects = excluded.subjects, indexed_by = excluded.indexed_by,
    text_digest = excluded.text_digest,
    embedding = case when old.text_digest = excluded.text_digest then old.embedding end
"""

COUNT_LEXEMES = """
insert into search_lexemes (lexeme, series_count)
select word, ndoc from ts_stat('select document from search_documents')
"""


def index_words(*, datasets: Sequence[Dataset]) -> None:
    """Make the datasets findable by words and concepts; embeddings of changed texts become due."""
    grounded = grounding.ground(datasets)
    above = grounding.above(grounded)
    about = {
        dataset.id: [
            *concepts_of(grounded[dataset.id], above),
            *people.studied(organisms=dataset.organisms, texts=grounding.texts_of(dataset)),
        ]
        for dataset in datasets
    }
    concepts = [(id_, concept) for id_, found in about.items() for concept in found]
    values: dict[str, Any] = {
        "ids": [dataset.id for dataset in datasets],
        "published": [True if dataset.pubmed_ids else None for dataset in datasets],
        "raw": [has_raw_data(dataset) for dataset in datasets],
        "digests": [_digest(embedded_text(dataset)) for dataset in datasets],
        **{letter.lower(): weight for letter, weight in bm25.FIELD_WEIGHTS.items()},
        "subjects": [" ".join(most_told(grounded[dataset.id])) for dataset in datasets],
        "concepts": [_as_tsvector(about[dataset.id]) for dataset in datasets],
        "concept_series": [id_ for id_, _ in concepts],
        "concept_places": [bm25.place(concept.id) for _, concept in concepts],
        "concept_impacts": [concept.impact for _, concept in concepts],
        "indexed_by": grounding.version(),
        "k1": bm25.K1,
        "length_share": bm25.B,
        "average": bm25.AVERAGE_LENGTH,
        "dimensions": TERM_DIMENSIONS,
    }
    with connection.cursor() as cursor:
        cursor.execute(INDEX_WORDS, values)


def index_outdated(*, on_progress: Callable[[int], None] | None = None) -> int:
    """Index anew what was indexed in another way than now, and return how many series that were.

    Each batch stays done when a later one is interrupted.
    """
    done = 0
    now = grounding.version()
    outdated = SearchDocument.objects.exclude(indexed_by=now).values("dataset")
    while batch := list(Dataset.objects.filter(id__in=outdated).order_by("id")[:WORDS_BATCH]):
        index_words(datasets=batch)
        done += len(batch)
        if on_progress:
            on_progress(len(batch))
    if done:
        count_lexemes()
    return done


def count_lexemes() -> None:
    """Count anew in how many series each lexeme stands; searches see the old counts until done."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("set local statement_timeout = 0")
        # Two loads that end together count one after the other.
        cursor.execute("select pg_advisory_xact_lock(hashtext('search_lexemes'))")
        Lexeme.objects.all().delete()
        cursor.execute(COUNT_LEXEMES)
        cursor.execute("analyze search_documents")


def embed_waiting(
    *, threads: int, at_most: int | None = None, on_progress: Callable[[int], None] | None = None
) -> int:
    """Embed the series that wait for it, newest first, and return how many were done.

    Several processes may work at once: each takes rows that no other holds.
    """
    done = 0
    while at_most is None or done < at_most:
        embedded = _embed_batch(threads=threads)
        if not embedded:
            break
        done += embedded
        if on_progress:
            on_progress(embedded)
    return done


@transaction.atomic
def _embed_batch(*, threads: int) -> int:
    waiting = list(
        SearchDocument.objects.waiting_for_embedding()
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("dataset")
        .defer("document", "terms")
        .order_by("-dataset")[:EMBEDDING_BATCH]
    )
    if not waiting:
        return 0
    texts = [embedded_text(one.dataset) for one in waiting]
    vectors = embeddings.model(threads=threads).embed(texts)
    for one, text, vector in zip(waiting, texts, vectors, strict=True):
        one.embedding = vector
        one.text_digest = _digest(text)
    SearchDocument.objects.bulk_update(waiting, ["embedding", "text_digest"])
    return len(waiting)


def embedded_text(dataset: Dataset) -> str:
    """Return what an embedding is made from, the most telling first: the model reads 256 tokens."""
    return f"{dataset.title}. {dataset.summary} {dataset.overall_design or ''}".rstrip()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _as_tsvector(concepts: Sequence[Concept]) -> str:
    """Return the concepts as PostgreSQL reads them: a place a field, with the field's letter."""
    return " ".join(
        f"{quoted(one.id)}:{','.join(f'{at}{letter}' for at, letter in enumerate(one.letters, 1))}"
        for one in concepts
    )
