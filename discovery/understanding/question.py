"""Read a researcher's plain question: names, filters, topic and intent."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from discovery.understanding.filters import Filters, read_filters
from discovery.understanding.intent import accessions_in, read_intent
from discovery.understanding.matching import Entity, find_entities
from discovery.understanding.negation import read_negation
from discovery.understanding.topic import is_content, topic_of
from discovery.understanding.vocabulary import Names
from discovery.understanding.words import Word, plain, words_of


@dataclass(frozen=True, slots=True)
class Understanding:
    """What a question says. ``topic`` is its subject in its own words, without the filters.

    What it does not want is in ``excluded``, and nowhere else. ``did_you_mean`` is the question
    without what are perhaps slips of the pen, which only a catalogue can tell.
    """

    original_query: str
    intent: str
    confidence: float
    entities: tuple[Entity, ...]
    search_terms: tuple[str, ...]
    filters: Filters
    topic: str
    excluded: tuple[Entity, ...] = ()
    did_you_mean: str | None = None

    @property
    def entity_counts(self) -> dict[str, int]:
        """Count the entities of each type that occurs."""
        return dict(Counter(entity.type for entity in self.entities))


def understand(question: str, *, at: date, names: Names | None = None) -> Understanding:
    """Read a question of any text whatever; the work is linear in its length.

    :param at: today, for "the last five years"
    :param names: names beyond the curated ones
    """
    text = plain(question)
    words = words_of(question)
    named = find_entities(question, names)
    negation = read_negation(text, named)
    entities = tuple(entity for entity in named if entity not in negation.excluded)
    reading = read_filters(text, entities, at=at)
    topic = topic_of(
        text,
        words,
        filters=(*reading.spans, *negation.spans),
        entities=[(entity.start, entity.end) for entity in entities],
    )
    loose = _outside(topic.words, named)
    known = 1 - len(loose) / max(1, len(topic.words)) if entities else 0.0
    intent, confidence = read_intent(text, known=known)
    return Understanding(
        original_query=question,
        intent=intent,
        confidence=confidence,
        entities=entities,
        search_terms=_search_terms(question, entities, loose) or (topic.text,),
        filters=reading.filters,
        topic=topic.text,
        excluded=negation.excluded,
    )


def _outside(words: Sequence[Word], entities: Sequence[Entity]) -> list[Word]:
    """Return the content words that belong to no entity."""
    named = {at for entity in entities for at in range(entity.start, entity.end)}
    return [word for word in words if is_content(word) and word.start not in named]


def _search_terms(
    question: str, entities: Sequence[Entity], loose: Sequence[Word]
) -> tuple[str, ...]:
    """Return accessions first, then names (preferred, then as written) and words in order."""
    named = {(entity.start, entity.end): entity.canonical for entity in entities}
    places = sorted([*named, *((word.start, word.end) for word in loose)])

    terms = list(accessions_in(question))
    for start, end in places:
        terms += [named[start, end]] if (start, end) in named else []
        terms.append(question[start:end])
    first: dict[str, str] = {}
    for term in terms:
        first.setdefault(term.casefold(), term)
    return tuple(first.values())
