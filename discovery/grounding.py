"""Ground records in the ontologies: which diseases, tissues and cell types their fields name."""

import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from uuid import UUID

from discovery.models import Dataset, OntologyRelease
from discovery.naming import HeldNames, StoredNames, ancestors_of
from discovery.ranking.concepts import AVERAGE_MENTIONS, Mention
from discovery.understanding.matching import find_entities
from discovery.understanding.vocabulary import Names

KINDS = frozenset(AVERAGE_MENTIONS)
# For so few series names are looked up where they are; for more it pays to hold them all.
FEW = 20
# Raise it when series are grounded or indexed in another way than before.
METHOD = 3


def ground(datasets: Sequence[Dataset]) -> dict[UUID, list[Mention]]:
    """Return what each series names."""
    names: Names = StoredNames() if len(datasets) <= FEW else _held(version())
    return {dataset.id: _mentions(dataset, names) for dataset in datasets}


def above(grounded: Mapping[UUID, Sequence[Mention]]) -> dict[str, list[str]]:
    """Return for each term that is named the terms that it descends from."""
    return ancestors_of({one.id for mentions in grounded.values() for one in mentions})


def version() -> str:
    """Return what tells whether a series was grounded as it would be now."""
    releases = OntologyRelease.objects.order_by("name").values_list("digest", flat=True)
    return hashlib.sha256(":".join([str(METHOD), *releases]).encode()).hexdigest()[:16]


@lru_cache(maxsize=1)
def _held(_version: str) -> HeldNames:
    """Return the names in memory, until the ontologies have another version."""
    return HeldNames(KINDS)


def texts_of(dataset: Dataset) -> dict[str, str]:
    """Return what the fields of a series say, by the letters that PostgreSQL weighs them by."""
    return {
        "A": dataset.title,
        "B": dataset.summary,
        "C": dataset.overall_design or "",
        "D": " . ".join(dataset.characteristics),
    }


def _mentions(dataset: Dataset, names: Names) -> list[Mention]:
    return [
        Mention(entity.id, entity.type, letter)
        for letter, text in texts_of(dataset).items()
        for entity in find_entities(text, names)
        if entity.id and entity.type in KINDS
    ]
