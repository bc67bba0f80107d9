"""The series that are about the same thing as another one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from pgvector import HalfVector
from pgvector.django import CosineDistance

from discovery import embeddings
from discovery.indexing import embedded_text
from discovery.models import Dataset, SearchDocument
from discovery.ranking.lexical import Term
from discovery.services.search import candidates
from discovery.understanding import is_filler

LEAST_SIMILARITY = 0.2
# A word is telling if it stands in no larger a share of the series than this.
RARE = 0.02
MOST_WORDS = 5
HEADINGS = frozenset({"keyword", "keywords"})  # in many summaries, and about none of them
CLOSE = 0.6


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A series with its similarity from 0 to 1, and what it shares with the one asked about."""

    dataset: Dataset
    similarity: float
    reasons: list[str]


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """The nearest series, nearest first. `relatives` are left out: they are part of the same study."""

    geo_id: str
    neighbours: list[Neighbour]
    relatives: list[str]


def similar_to(dataset: Dataset, *, at_most: int) -> Neighbourhood:
    """Return the nearest series by meaning: not itself, nor its SuperSeries, SubSeries, siblings."""
    relatives = relatives_of(dataset)
    known = SearchDocument.objects.filter(dataset=dataset, embedding__isnull=False)
    vector = known.values_list("embedding", flat=True).first() or _embed(dataset)
    nearest = _nearest(vector, without=[dataset.accession, *relatives], at_most=at_most)
    found = Dataset.objects.in_bulk([one for one, _ in nearest])
    shared = _shared_words(dataset, list(found))
    return Neighbourhood(
        geo_id=dataset.accession,
        neighbours=[
            Neighbour(found[one], score, _reasons(dataset, found[one], score, shared.get(one, [])))
            for one, score in nearest
        ],
        relatives=relatives,
    )


def relatives_of(dataset: Dataset) -> list[str]:
    """Return the SuperSeries and SubSeries of a series, and the other parts of its SuperSeries."""
    whole = Dataset.objects.filter(accession__in=dataset.superseries)
    siblings = [part for one in whole for part in one.subseries]
    close = [*dataset.superseries, *dataset.subseries, *siblings]
    return [one for one in dict.fromkeys(close) if one != dataset.accession]


def _embed(dataset: Dataset) -> HalfVector:
    """Embed what waits for it."""
    model = embeddings.model(threads=settings.EMBEDDING_THREADS)
    (vector,) = model.embed([embedded_text(dataset)])
    return HalfVector(vector)


def _nearest(
    vector: HalfVector, *, without: Sequence[str], at_most: int
) -> list[tuple[UUID, float]]:
    """Return the nearest series with their similarity."""
    distance = CosineDistance("embedding", vector)
    documents = SearchDocument.objects.filter(embedding__isnull=False)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "set local hnsw.ef_search = 200; set local hnsw.iterative_scan = strict_order;"
            "set local enable_seqscan = off"
        )
        found = documents.exclude(dataset__accession__in=without).annotate(distance=distance)
        rows = found.order_by("distance").values_list("pk", "distance")[:at_most]
        scored = [(one, round(max(0.0, 1 - away), 4)) for one, away in rows]
    return [(one, score) for one, score in scored if score >= LEAST_SIMILARITY]


def _shared_words(dataset: Dataset, others: list[UUID]) -> Mapping[UUID, list[str]]:
    """Return the rarest words of a series' title and summary that each of the others has too."""
    words = dict.fromkeys(f"{dataset.title} {dataset.summary}".split())
    plain = [one.strip(".,;:!?()[]\"'") for one in words]
    telling = [one for one in plain if len(one) > 2 and not is_filler(one)]  # noqa: PLR2004
    telling = [one for one in telling if one.casefold() not in HEADINGS]
    most = RARE * candidates.index_state().series
    terms = [
        term
        for term in candidates.read_lexemes(telling)
        if 1 < term.series_count <= max(most, 2) and any(letter.isalpha() for letter in term.lexeme)
    ]
    found = candidates.find_words(others, terms)
    rarest = sorted(terms, key=lambda term: term.series_count)
    return {one: _words(rarest, found.get(one, {})) for one in others}


def _words(terms: Sequence[Term], found: Mapping[str, frozenset[str]]) -> list[str]:
    words = [term.words[0] for term in terms if term.lexeme in found]
    return list(dict.fromkeys(words))[:MOST_WORDS]  # one word may have several lexemes


def _reasons(dataset: Dataset, other: Dataset, score: float, words: list[str]) -> list[str]:
    """Return what two series share, most telling first; never empty."""
    shared = {
        "organism": [one for one in dataset.organisms if one in other.organisms],
        "study type": [one for one in dataset.study_types if one in other.study_types],
        "platform": [one for one in dataset.platforms if one in other.platforms],
        "publication": [one for one in dataset.pubmed_ids if one in other.pubmed_ids],
    }
    how = "Very close" if score >= CLOSE else "Close"
    quoted = ", ".join(f"“{word}”" for word in words)
    return [
        f"{how} in meaning (similarity {score:.2f})",
        *([f"Both have {quoted}"] if words else []),
        *(f"Same {name}: {', '.join(values)}" for name, values in shared.items() if values),
    ]
