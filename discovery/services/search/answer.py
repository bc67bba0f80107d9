"""From a question to ranked series with reasons."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from common.spans import traced
from discovery import embeddings
from discovery.models import Dataset, SearchDocument, SearchDocumentQuerySet
from discovery.ranking import fusion, lexical, people
from discovery.services import questions
from discovery.services.search import candidates, leaving_out, spreading
from discovery.services.search.hits import Hit, Scored, hits_of
from discovery.services.search.terms import terms_of
from discovery.understanding import (
    Entity,
    Filters,
    Understanding,
    accessions_in,
)

# Search goes by words alone while a larger share of the series than this has no embedding.
TOLERABLY_WAITING = 0.1


class Mode(StrEnum):
    """What ranks: words, meaning, or both."""

    HYBRID = "hybrid"
    LEXICAL = "lexical"
    SEMANTIC = "semantic"


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found. `mode` is what ranked, which is not what was asked for while indexing runs."""

    total_found: int
    hits: list[Hit]
    search_terms: list[str]
    entities: Sequence[Entity]
    filters: Filters
    facets: dict[str, dict[str, int]]
    mode: Mode
    notices: list[str]
    excluded: list[str]
    did_you_mean: str | None
    source: str = "local"


@dataclass(frozen=True, slots=True)
class Ranking:
    """All that was found, best first, and what it was found with."""

    found: list[Scored]
    terms: list[lexical.Term]
    search_terms: list[str]
    entities: Sequence[Entity]
    filters: Filters
    mode: Mode
    notices: list[str]
    excluded: list[str]
    did_you_mean: str | None

    def hits(self, *, most: int, at: date) -> list[Hit]:
        """Return the best, with their records."""
        return hits_of(self.found[:most], terms=self.terms, filters=self.filters, at=at)


@traced("search")
def search(*, question: str, filters: Filters, max_results: int, mode: Mode, at: date) -> Answer:
    """Answer a question from the catalogue.

    Filters that the caller gives bind; those read out of the question only leave out the series
    that contradict them.

    :param at: today, for questions like "of the last five years", and for the age of the series
    """
    ranking = ranked(question=question, filters=filters, mode=mode, at=at)
    return answered(ranking, max_results=max_results, at=at)


def ranked(
    *,
    question: str,
    filters: Filters,
    mode: Mode,
    at: date,
    understood: Understanding | None = None,
) -> Ranking:
    """Find and order the series that answer a question, or what was perhaps meant by it.

    :param understood: the question as it was read already
    """
    ranking = rank(question=question, filters=filters, mode=mode, at=at, understood=understood)
    if not ranking.found and ranking.did_you_mean:
        return _as_meant(ranking, question, filters, at)
    return ranking


def answered(ranking: Ranking, *, max_results: int, at: date) -> Answer:
    """Return the answer that a ranking is, with the records of the best."""
    return Answer(
        total_found=len(ranking.found),
        hits=ranking.hits(most=max_results, at=at),
        search_terms=ranking.search_terms,
        entities=ranking.entities,
        filters=ranking.filters,
        facets=candidates.count_facets([one.id for one in ranking.found]),
        mode=ranking.mode,
        notices=ranking.notices,
        excluded=ranking.excluded,
        did_you_mean=ranking.did_you_mean,
    )


def rank(
    *,
    question: str,
    filters: Filters,
    mode: Mode,
    at: date,
    among: Collection[UUID] | None = None,
    understood: Understanding | None = None,
) -> Ranking:
    """Find and order the series that answer a question, as `search` does, without reading them.

    :param among: the only series to find; None for the whole catalogue
    :param understood: the question as it was read already
    """
    understood = understood or questions.read(question=question, at=at)
    asked = merged(filters, understood.filters)
    state = candidates.index_state()
    mode, notices = _possible(mode, state)
    of_patients = _is_of_patients(understood, asked)
    terms = terms_of(understood, of_patients=of_patients)
    found = candidates.find(
        among=leaving_out.without(
            documents(filters=filters, asked=asked, among=among), understood.excluded
        ),
        terms=terms,
        vector=None if mode is Mode.LEXICAL else _embed(understood, of_patients=of_patients),
        series_count=state.series,
    )
    relevance = fusion.fuse(
        lexical=found.lexical,
        semantic=found.semantic,
        ceiling=lexical.ceiling(terms, series_count=state.series),
        shares=_shares(mode, terms),
    )
    relevance = leaving_out.told_down(relevance, ids=found.ids, excluded=understood.excluded)
    relevance = spreading.spread(relevance, ids=found.ids)
    return Ranking(
        found=_ranked(found, relevance, named=_named(question)),
        terms=terms,
        search_terms=list(understood.search_terms),
        entities=understood.entities,
        filters=asked,
        mode=mode,
        notices=[*notices, *_doubts(understood)],
        excluded=list(dict.fromkeys(one.canonical for one in understood.excluded)),
        did_you_mean=understood.did_you_mean,
    )


def documents(
    *, filters: Filters, asked: Filters, among: Collection[UUID] | None
) -> SearchDocumentQuerySet:
    """Return what may be found: `filters` bind, of what is `asked` besides nothing may be contradicted."""
    found = SearchDocument.objects.matching(filters, keep_unknown=False)
    found = found.matching(asked, keep_unknown=True)
    return found if among is None else found.filter(pk__in=among)


def _doubts(understood: Understanding) -> list[str]:
    meant = understood.did_you_mean
    return [f"Did you mean “{meant}”? This answer is for what you wrote."] if meant else []


def _as_meant(ranking: Ranking, question: str, filters: Filters, at: date) -> Ranking:
    """Return the ranking for what was perhaps meant: for what was written there is nothing."""
    meant = ranking.did_you_mean or question
    answer = rank(question=meant, filters=filters, mode=ranking.mode, at=at)
    notice = f"Nothing was found for “{question}”: this answer is for “{meant}”."
    return replace(answer, notices=[*answer.notices, notice], did_you_mean=meant)


def _possible(mode: Mode, state: candidates.IndexState) -> tuple[Mode, list[str]]:
    """Return the mode that can be served now, and what the caller should know about it."""
    if mode is Mode.LEXICAL or state.waiting <= TOLERABLY_WAITING * state.series:
        return mode, []
    done = 100 * (state.series - state.waiting) // max(state.series, 1)
    notice = (
        f"The search index is still being built ({done} % of {state.series} series): this answer "
        "goes by words alone. Ask again in a few minutes for one that goes by meaning too."
    )
    return Mode.LEXICAL, [notice]


def _is_of_patients(understood: Understanding, filters: Filters) -> bool:
    """Say whether a question is about a disease, and not about one of animals."""
    is_disease = any(one.type == "disease" for one in understood.entities)
    return is_disease and filters.organism in {None, people.HUMAN}


def _embed(understood: Understanding, *, of_patients: bool) -> NDArray[np.float32]:
    """Return the question's unit vector: of its topic, and of the topic as studies would put it."""
    texts = fusion.phrasings(understood.topic, of_patients=of_patients)
    vectors = embeddings.model(threads=settings.EMBEDDING_THREADS).embed(texts)
    mean = vectors.mean(axis=0)
    return np.asarray(mean / np.linalg.norm(mean), np.float32)


def _shares(mode: Mode, terms: Sequence[lexical.Term]) -> fusion.Shares:
    if mode is Mode.HYBRID:
        return fusion.hybrid_shares(lexemes=sum(not term.is_concept for term in terms))
    return fusion.LEXICAL if mode is Mode.LEXICAL else fusion.SEMANTIC


def _named(question: str) -> frozenset[UUID]:
    """Return the series whose accessions the question names."""
    accessions = accessions_in(question)
    found = Dataset.objects.filter(accession__in=accessions) if accessions else []
    return frozenset(dataset.id for dataset in found)


def _ranked(
    found: candidates.Candidates, relevance: NDArray[np.float64], *, named: frozenset[UUID]
) -> list[Scored]:
    """Return the candidates that are about the question, best first; named ones before all."""
    related = found.has_words | (found.semantic >= candidates.LEAST_SIMILARITY)
    final = np.where([one in named for one in found.ids], 1.0, relevance)
    return [
        Scored(found.ids[place], float(found.semantic[place]), float(final[place]))
        for place in np.argsort(-final, kind="stable")
        if related[place]
    ]


def merged(given: Filters, read: Filters) -> Filters:
    """Return the caller's filters, and those read out of the question where the caller set none."""
    return replace(
        read,
        **{
            field.name: value
            for field in fields(Filters)
            if (value := getattr(given, field.name)) is not None
        },
    )
