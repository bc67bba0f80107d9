"""Which series are worth scoring by their words and concepts, and what each of these counts for.

A question's rare words find few series, and each of those is worth a look. Its frequent words find
a large part of the catalogue: only a series that has them all is, or the concept that they name.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from discovery.ranking import bm25, people
from discovery.ranking.fusion import SENTENCE

# About how many series the rare words of a question may bring together.
RARE_ENOUGH = 3000
# What a concept counts for, beside the words that name it; docs/evaluation.md has others.
CONCEPT_SHARE = 2.0
# The same in a sentence, which quotes its words.
CONCEPT_SHARE_OF_SENTENCE = 0.5
# What it counts that people were studied, beside all that a question names, and what it counts
# against a series that animals were.
PEOPLE_SHARE = 0.08


@dataclass(frozen=True, slots=True)
class Term:
    """A lexeme of the question, the words of the question it came from, and its rarity.

    A concept's lexeme is its CURIE, and its words are those that name it: `OF_PATIENTS` have none.
    """

    lexeme: str
    words: tuple[str, ...]
    series_count: int
    # Whether it only sets the scene ("in human", "RNA-seq", "of"): it scores, but finds nothing.
    is_scenery: bool = False
    is_concept: bool = False

    def names(self, concept: "Term") -> bool:
        """Say whether this is one of the words that name the concept."""
        return not self.is_concept and not set(self.words).isdisjoint(concept.words)


# What a question about patients is searched by besides.
OF_PATIENTS = tuple(
    Term(lexeme, (), 0, is_scenery=True, is_concept=True)
    for lexeme in (people.PEOPLE, people.ANIMALS)
)


def candidates_query(terms: Sequence[Term], *, series_count: int) -> str:
    """Return a tsquery that finds the series worth scoring; empty if there are no terms.

    Any of the rare words is enough; of the frequent words, all must be there. Words that stand in
    more than half of all series tell nothing, unless the question has no others.
    """
    subject = [one for one in terms if not one.is_scenery] or terms
    telling = [one for one in subject if one.series_count <= series_count / 2] or subject
    rare: list[Term] = []
    frequent: list[Term] = []
    found = 0
    for term in sorted(telling, key=lambda one: (one.series_count, one.lexeme)):
        found += term.series_count
        (rare if found <= RARE_ENOUGH else frequent).append(term)
    together = _together(frequent)
    alone = [quoted(one.lexeme) for one in rare]
    return " | ".join([*alone, f"({together})"] if together else alone)


def _together(frequent: Sequence[Term]) -> str:
    """Return what finds the series that have all of these: of a concept, itself or its words."""
    concepts = [one for one in frequent if one.is_concept]
    words = [one for one in frequent if not one.is_concept]
    named = [
        " | ".join(
            [quoted(concept.lexeme), *_all_of(word for word in words if word.names(concept))]
        )
        for concept in concepts
    ]
    others = [word for word in words if not any(word.names(concept) for concept in concepts)]
    return " & ".join([*(f"({one})" for one in named), *(quoted(one.lexeme) for one in others)])


def _all_of(words: Iterable[Term]) -> list[str]:
    together = " & ".join(quoted(one.lexeme) for one in words)
    return [f"({together})"] if together else []


def weights(terms: Sequence[Term], *, series_count: int) -> dict[str, float]:
    """Return what each lexeme's impact counts for, among `series_count` series.

    Rarity counts twice, as where question and record both weigh their words by it: what a sentence
    says in rare words is what it is about.
    """
    words = [term for term in terms if not term.is_concept]
    rarity = {
        word.lexeme: bm25.idf(series_count=min(word.series_count, series_count), of=series_count)
        ** 2
        for word in words
    }
    named = {
        term.lexeme: sum(rarity[word.lexeme] for word in words if word.names(term))
        for term in terms
        if term.is_concept
    }
    share = CONCEPT_SHARE_OF_SENTENCE if len(words) >= SENTENCE else CONCEPT_SHARE
    subject = rarity | {lexeme: share * total for lexeme, total in named.items()}
    told = PEOPLE_SHARE * sum(subject.values())
    aside = {people.PEOPLE: told, people.ANIMALS: -told}
    return subject | {lexeme: aside[lexeme] for lexeme in aside if lexeme in subject}


def ceiling(terms: Sequence[Term], *, series_count: int) -> float:
    """Return the BM25 score that no series can pass for these terms."""
    found = weights(terms, series_count=series_count).values()
    return (bm25.K1 + 1) * sum(weight for weight in found if weight > 0)


def quoted(lexeme: str) -> str:
    """Return the lexeme as a tsquery operand that holds nothing but itself."""
    inside = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{inside}'"
