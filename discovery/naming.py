"""The ontologies' names as PostgreSQL holds them: look names up, walk up from terms."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.db import connection

from discovery.models import OntologyTerm, TermName
from discovery.understanding.vocabulary import (
    ABBREVIATION,
    PREFERRED,
    SYNONYM,
    Name,
    Term,
    confidence_of,
)
from discovery.understanding.words import glued, words_of

NAMES = """
select name.folded, name.written, name.kind, name.is_case_sensitive, term.type, term.id, term.name
from ontology_names name join ontology_terms term on term.id = name.term_id
"""
# Of several terms with one name, the first of these types is meant.
TYPES = ("disease", "tissue", "cell_type", "organism", "assay", "phenotype", "chemical", "gene")


def ancestors_of(ids: Collection[str]) -> dict[str, list[str]]:
    """Return term → all terms that it descends from. Unknown terms are left out."""
    found = OntologyTerm.objects.filter(id__in=ids)
    return dict(found.values_list("id", "ancestors"))


class StoredNames:
    """The ontologies' names where they are: one round trip a question, nothing held in memory."""

    def find(self, keys: Collection[str]) -> Mapping[str, Sequence[Name]]:
        with connection.cursor() as cursor:
            cursor.execute(f"{NAMES} where name.folded = any(%s)", [list(keys)])
            return _by_key(cursor.fetchall())


class HeldNames:
    """The names in memory, for grounding many texts in a row: all, or those of some types."""

    def __init__(self, types: Collection[str] = TYPES) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"{NAMES} where term.type = any(%s)", [list(types)])
            self._names = _by_key(cursor.fetchall())

    def find(self, keys: Collection[str]) -> Mapping[str, Sequence[Name]]:
        known = self._names
        return {key: known[key] for key in keys if key in known}


def _by_key(rows: Iterable[Sequence[Any]]) -> dict[str, list[Name]]:
    """Return the names by their keys, the surest first."""
    found: dict[str, list[tuple[tuple[float, int, str], Name]]] = {}
    for folded, written, kind, is_case_sensitive, *term in rows:
        name = Name(
            Term(*term),
            glued(words_of(written)) if is_case_sensitive else None,
            _confidence(kind, written),
        )
        order = (-name.confidence, TYPES.index(name.term.type), name.term.id or "")
        found.setdefault(folded, []).append((order, name))
    return {
        key: [name for _, name in sorted(names, key=lambda one: one[0])]
        for key, names in found.items()
    }


def _confidence(kind: str, written: str) -> float:
    if kind in {TermName.Kind.LABEL, TermName.Kind.SYMBOL}:
        return PREFERRED
    return SYNONYM if kind == TermName.Kind.EXACT else min(ABBREVIATION, confidence_of(written))
