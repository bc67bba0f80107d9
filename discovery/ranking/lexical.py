"""Which series are worth scoring by their words.

A question's rare words find few series, and each of those is worth a look. Its frequent words find
a large part of the catalogue: only a series that has them all is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from discovery.ranking import bm25

# About how many series the rare words of a question may bring together.
RARE_ENOUGH = 3000


@dataclass(frozen=True, slots=True)
class Term:
    """A lexeme of the question, the words of the question it came from, and its rarity."""

    lexeme: str
    words: tuple[str, ...]
    series_count: int
    # Whether it only sets the scene ("in human", "RNA-seq", "of"): it scores, but finds nothing.
    is_scenery: bool = False


def candidates_query(terms: Sequence[Term], *, series_count: int) -> str:
    """Return a tsquery that finds the series worth scoring; empty if there are no terms.

    Any of the rare words is enough; of the frequent words, all must be there. Words that stand in
    more than half of all series tell nothing, unless the question has no others.
    """
    subject = [one for one in terms if not one.is_scenery] or terms
    telling = [one for one in subject if one.series_count <= series_count / 2] or subject
    rare: list[str] = []
    frequent: list[str] = []
    found = 0
    for term in sorted(telling, key=lambda one: (one.series_count, one.lexeme)):
        found += term.series_count
        (rare if found <= RARE_ENOUGH else frequent).append(quoted(term.lexeme))
    together = " & ".join(frequent)
    return " | ".join([*rare, f"({together})"] if frequent else rare)


def weights(terms: Sequence[Term], *, series_count: int) -> dict[str, float]:
    """Return what each lexeme's impact counts for, among `series_count` series."""
    return {
        term.lexeme: bm25.idf(series_count=min(term.series_count, series_count), of=series_count)
        for term in terms
    }


def ceiling(terms: Sequence[Term], *, series_count: int) -> float:
    """Return the BM25 score that no series can pass for these terms."""
    return (bm25.K1 + 1) * sum(weights(terms, series_count=series_count).values())


def quoted(lexeme: str) -> str:
    """Return the lexeme as a tsquery operand that holds nothing but itself."""
    inside = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{inside}'"
