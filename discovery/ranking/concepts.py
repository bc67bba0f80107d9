"""What a series is about, as terms of ontologies: a mention counts for its term and for all above it.

Who asks for breast cancer so finds what says only "TNBC". The impacts are BM25's, and live in the
same sparse vector as those of the words. Two things tell *studied* from *mentioned*: the field,
and how many others of its kind a record names, which is the length that BM25 holds against it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from discovery.ranking.bm25 import K1

# How many of each kind a middling series names, weighted, measured on 11,384 of them.
AVERAGE_MENTIONS: Mapping[str, float] = {"disease": 8.0, "tissue": 6.0, "cell_type": 5.0}
# What a mention counts by the field that it stands in; D are the samples' characteristics.
FIELD_WEIGHTS: Mapping[str, float] = {"A": 4.0, "B": 0.7, "C": 1.0, "D": 3.0}
B = 0.6


@dataclass(frozen=True, slots=True)
class Mention:
    """That a field names a term: the term's CURIE, its kind, and the letter of the field."""

    id: str
    kind: str
    letter: str


@dataclass(frozen=True, slots=True)
class Concept:
    """A term that a series is about, with its BM25 impact and the letters of the fields."""

    id: str
    impact: float
    letters: str


def concepts_of(
    mentions: Collection[Mention], ancestors: Mapping[str, Collection[str]]
) -> list[Concept]:
    """Return what the mentions are about: their terms and all terms above these, by CURIE.

    :param ancestors: term → the terms that it descends from
    """
    length: dict[str, float] = defaultdict(float)
    often: dict[tuple[str, str], float] = defaultdict(float)
    letters: dict[str, set[str]] = defaultdict(set)
    for mention in mentions:
        weight = FIELD_WEIGHTS[mention.letter]
        length[mention.kind] += weight
        for id_ in {mention.id, *ancestors.get(mention.id, ())}:
            often[id_, mention.kind] += weight
            letters[id_].add(mention.letter)
    best: dict[str, float] = defaultdict(float)
    for (id_, kind), count in often.items():
        best[id_] = max(best[id_], _impact(count, length[kind] / AVERAGE_MENTIONS[kind]))
    return [Concept(id_, best[id_], "".join(sorted(letters[id_]))) for id_ in sorted(best)]


def most_told(mentions: Iterable[Mention]) -> list[str]:
    """Return the terms that are named, those that most is said of first."""
    told: dict[str, float] = defaultdict(float)
    for mention in mentions:
        told[mention.id] += FIELD_WEIGHTS[mention.letter]
    return sorted(told, key=lambda id_: (-told[id_], id_))


def _impact(often: float, length: float) -> float:
    return often * (K1 + 1) / (often + K1 * (1 - B + B * length))
