"""Read questions with all the names that the ontologies know, and find what may be misspelt."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from django.db import connection

from discovery.services.ontologies import StoredNames
from discovery.understanding import Understanding, understand
from discovery.understanding.matching import find_entities
from discovery.understanding.spelling import doubtful, nearest

# A word of so many series is no slip of the pen.
SERIES_OF_A_WORD = 3
NEIGHBOURS = 10
FIND_NEIGHBOURS = """
select asked, word, name_count
from unnest(%(asked)s::text[]) as asked cross join lateral (
    select word, name_count from ontology_words where word %% asked
    order by similarity(word, asked) desc, name_count desc limit %(most)s
) as neighbour
where not exists (select from ontology_words where word = asked)
    and not exists (
        select from unnest(tsvector_to_array(to_tsvector('geo', asked))) as lexeme
            join search_lexemes using (lexeme)
        where series_count >= %(known)s
    )
"""


def read(*, question: str, at: date) -> Understanding:
    """Return what a question says, and how it should perhaps have been written.

    :param at: today, for "the last five years"
    """
    names = StoredNames()
    understood = understand(question, at=at, names=names)
    corrected = _corrected(question, understood, names)
    return replace(understood, did_you_mean=corrected) if corrected else understood


def _corrected(question: str, understood: Understanding, names: StoredNames) -> str | None:
    """Return the question with misspelt words put right, if those then belong to a name."""
    words = doubtful(question, (*understood.entities, *understood.excluded))
    right = _neighbours([word.raw.lower() for word in words])
    corrected, changed, moved = question, [], 0
    for word in words:
        if meant := right.get(word.raw.lower()):
            start, end = word.start + moved, word.start + moved + len(word.raw)
            corrected = corrected[:start] + meant + corrected[end:]
            moved += len(meant) - len(word.raw)
            changed.append((start, start + len(meant)))
    entities = find_entities(corrected, names) if changed else ()
    named = any(one.start <= start and end <= one.end for one in entities for start, end in changed)
    return corrected if named else None


def _neighbours(asked: Sequence[str]) -> dict[str, str]:
    """Return for each word that nobody knows the known one that it may have meant."""
    if not asked:
        return {}
    found: dict[str, list[tuple[str, int]]] = {}
    values: dict[str, Any] = {"asked": list(asked), "most": NEIGHBOURS, "known": SERIES_OF_A_WORD}
    with connection.cursor() as cursor:
        cursor.execute(FIND_NEIGHBOURS, values)
        for word, neighbour, often in cursor.fetchall():
            found.setdefault(word, []).append((neighbour, often))
    meant = {word: nearest(word, near) for word, near in found.items()}
    return {word: right for word, right in meant.items() if right}
