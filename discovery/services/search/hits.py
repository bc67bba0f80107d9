"""The series that are shown, and why each was found."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import date
from uuid import UUID

from discovery.models import Dataset, OntologyTerm, SearchDocument
from discovery.quality import Level
from discovery.ranking import lexical
from discovery.ranking.reasons import Facts, Subject, reasons_for
from discovery.services.quality import assess
from discovery.services.search import candidates
from discovery.understanding import Filters


@dataclass(frozen=True, slots=True)
class Hit:
    """A series that answers, with its score from 0 to 1 and why it was found."""

    dataset: Dataset
    relevance_score: float
    quality_score: float
    quality_level: Level
    reasons: list[str]


@dataclass(frozen=True, slots=True)
class Scored:
    """A candidate with its similarity (NaN if unknown) and its relevance from 0 to 1."""

    id: UUID
    semantic: float
    relevance: float


def hits_of(
    best: Sequence[Scored], *, terms: Sequence[lexical.Term], filters: Filters, at: date
) -> list[Hit]:
    """Return series with their records, and why each was found."""
    ids = [one.id for one in best]
    documents = SearchDocument.objects.select_related("dataset").defer(
        "document", "terms", "embedding"
    )
    found = documents.in_bulk(ids)
    letters = candidates.find_words(ids, terms)
    subjects = _subjects(found.values(), terms)
    verdicts = {one: assess(document.dataset, at) for one, document in found.items()}
    return [
        Hit(
            dataset=found[one.id].dataset,
            relevance_score=round(one.relevance, 4),
            quality_score=verdicts[one.id].score,
            quality_level=verdicts[one.id].level,
            reasons=reasons_for(
                terms=terms,
                letters_of=letters.get(one.id, {}),
                subjects=subjects[one.id],
                similarity=None if math.isnan(one.semantic) else one.semantic,
                facts=_facts(found[one.id]),
                filters=filters,
            ),
        )
        for one in best
    ]


def _subjects(
    documents: Collection[SearchDocument], terms: Sequence[lexical.Term]
) -> dict[UUID, list[Subject]]:
    """Return what each series names, most told first, if the question names concepts at all."""
    known: dict[str, Subject] = {}
    if any(term.is_concept for term in terms):
        named = {id_ for document in documents for id_ in document.subjects}
        known = {
            one.id: Subject(one.id, one.type, one.name, frozenset(one.ancestors))
            for one in OntologyTerm.objects.filter(id__in=named)
        }
    return {
        document.dataset_id: [known[id_] for id_ in document.subjects if id_ in known]
        for document in documents
    }


def _facts(document: SearchDocument) -> Facts:
    return Facts(**{field.name: getattr(document, field.name) for field in fields(Facts)})
