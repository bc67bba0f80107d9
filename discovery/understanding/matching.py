"""Find the names in a question: longest first, never overlapping, the curated before others."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from discovery.understanding.senses import Context, sense_of
from discovery.understanding.vocabulary import SHARED, Name, Names, Term, ignored, vocabulary
from discovery.understanding.words import Word, are_joined, words_of

# Fewer words in capitals than this may well be abbreviations: "AML TP53".
SHORTEST_SHOUT = 3
MOST_WORDS = 8


@dataclass(frozen=True, slots=True)
class Entity:
    """A name found in a question: ``question[start:end] == text``."""

    text: str
    type: str
    start: int
    end: int
    canonical: str
    id: str | None
    confidence: float


class Reach(NamedTuple):
    """Words that may be one name, and the keys that it could be known by."""

    first: int
    length: int
    keys: tuple[str, ...]


def find_entities(question: str, names: Names | None = None) -> tuple[Entity, ...]:
    """Return the known names in the order of the question.

    :param names: further names, which the curated ones precede
    """
    words = words_of(question)
    reaches = list(_reaches(question, words))
    keys = {key for reach in reaches for key in reach.keys}
    sources = [vocabulary().find(keys), *([names.find(keys - ignored())] if names else [])]
    context = Context(question, words)
    found: list[Entity] = []
    after = 0
    for reach in reaches:  # the longest of each first word comes first
        if reach.first < after:
            continue
        span = words[reach.first : reach.first + reach.length]
        name = _named(reach, span, sources, context)
        if name is not None and (stands_for := context.defined(span)):
            name = _as_defined(name, stands_for, found)
        if name is not None:
            found.append(_entity(question, span, name))
            after = reach.first + reach.length
    return tuple(found)


def _reaches(question: str, words: Sequence[Word]) -> Iterator[Reach]:
    """Yield what may be a name: by its first word, the longest first.

    What is hyphenated may be one word, too: IL-6 is IL6.
    """
    for first, run in enumerate(_joined_runs(question, words)):
        key, hyphenated = words[first].folded, True
        reaches = [Reach(first, 1, (key,))]
        for before, word in pairwise(words[first : first + min(run, MOST_WORDS)]):
            key = f"{key} {word.folded}"
            hyphenated = hyphenated and question[before.end : word.start] == "-"
            keys = (key, key.replace(" ", "")) if hyphenated else (key,)
            reaches.append(Reach(first, len(reaches) + 1, keys))
        yield from reversed(reaches)


def _joined_runs(question: str, words: Sequence[Word]) -> list[int]:
    """Return, for each word, how many words from it on may belong to one name."""
    runs = [1] * len(words)
    for index in range(len(words) - 2, -1, -1):
        if are_joined(question, words[index], words[index + 1]):
            runs[index] += runs[index + 1]
    return runs


def _named(
    reach: Reach,
    span: Sequence[Word],
    sources: Sequence[Mapping[str, Sequence[Name]]],
    context: Context,
) -> Name | None:
    for known in sources:
        candidates = [name for key in reach.keys for name in known.get(key, ())]
        fitting = [name for name in candidates if name.fits(span, is_shouted=context.is_shouted)]
        if len(reach.keys) > 1:
            fitting.sort(key=lambda name: -name.confidence)
        if fitting:
            return _meant(fitting, span, context)
    return None


def _meant(fitting: Sequence[Name], span: Sequence[Word], context: Context) -> Name | None:
    """Return the name that is meant where several fit; None if it is an ordinary word here."""
    first = fitting[0]
    if len({name.term for name in fitting}) > 1:
        first = first._replace(confidence=SHARED)
    return sense_of(span, first, context)


def _as_defined(name: Name, stands_for: Sequence[Word], found: Sequence[Entity]) -> Name | None:
    """Return what an abbreviation means where it is introduced: "germinal center (GC)"."""
    long = (stands_for[0].start, stands_for[-1].end)
    term = next((_term(one) for one in found if (one.start, one.end) == long), None)
    return name._replace(term=term) if term else None


def _term(entity: Entity) -> Term:
    return Term(entity.type, entity.id, entity.canonical)


def _entity(question: str, span: Sequence[Word], name: Name) -> Entity:
    start, end = span[0].start, span[-1].end
    return Entity(
        text=question[start:end],
        type=name.term.type,
        start=start,
        end=end,
        canonical=name.term.canonical,
        id=name.term.id,
        confidence=name.confidence,
    )
