"""Find the names of the vocabulary in a question: longest first, never overlapping."""

from dataclasses import dataclass

from discovery.understanding.vocabulary import Name, vocabulary
from discovery.understanding.words import Word, are_joined, words_of

# Fewer words in capitals than this may well be abbreviations: "AML TP53".
SHORTEST_SHOUT = 3


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


def find_entities(question: str) -> tuple[Entity, ...]:
    """Return the known names in the order of the question."""
    words = words_of(question)
    joined = _joined_runs(question, words)
    is_shouted = len(words) >= SHORTEST_SHOUT and question.upper() == question
    found: list[Entity] = []
    at = 0
    while at < len(words):
        reach = min(joined[at], vocabulary().longest.get(words[at].folded, 0))
        length, name = _longest_of(words[at : at + reach], is_shouted=is_shouted)
        if name is not None:
            found.append(_entity(question, words[at], words[at + length - 1], name))
        at += length
    return tuple(found)


def _joined_runs(question: str, words: list[Word]) -> list[int]:
    """Return, for each word, how many words from it on may belong to one name."""
    runs = [1] * len(words)
    for index in range(len(words) - 2, -1, -1):
        if are_joined(question, words[index], words[index + 1]):
            runs[index] += runs[index + 1]
    return runs


def _longest_of(words: list[Word], *, is_shouted: bool) -> tuple[int, Name | None]:
    for length in range(len(words), 0, -1):
        name = vocabulary().look_up(words[:length], is_shouted=is_shouted)
        if name is not None:
            return length, name
    return 1, None


def _entity(question: str, first: Word, last: Word, name: Name) -> Entity:
    return Entity(
        text=question[first.start : last.end],
        type=name.term.type,
        start=first.start,
        end=last.end,
        canonical=name.term.canonical,
        id=name.term.id,
        confidence=name.confidence,
    )
