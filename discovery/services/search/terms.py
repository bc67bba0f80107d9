"""What a question is searched by: the lexemes of its topic, and the concepts that it names."""

from collections.abc import Sequence
from dataclasses import replace

from discovery.grounding import KINDS
from discovery.ranking import lexical
from discovery.services.search import candidates
from discovery.understanding import Understanding, is_filler

# Entities that say how and in what was studied, not what.
SCENERY = frozenset({"organism", "assay"})
PUNCTUATION = ".,;:!?()[]"


def terms_of(understood: Understanding, *, of_patients: bool) -> list[lexical.Term]:
    """Return the lexemes of the topic in its order, those marked that only set the scene.

    After them come the concepts that the question names.

    :param of_patients: whether series that studied people are preferred
    """
    named = [one.text for one in understood.entities if one.type in SCENERY]
    scenery = {word.casefold() for text in named for word in text.split()}
    terms = [
        replace(term, is_scenery=all(is_filler(one) or one in scenery for one in _plain(term)))
        for term in candidates.read_lexemes(understood.topic.split())
    ]
    ordered = sorted(
        terms, key=lambda term: min(understood.topic.find(word) for word in term.words)
    )
    return [*ordered, *_concepts(understood), *(lexical.OF_PATIENTS if of_patients else ())]


def _concepts(understood: Understanding) -> list[lexical.Term]:
    """Return the concepts that the question names and that series are known by, each once."""
    named = {one.id: one for one in understood.entities if one.id and one.type in KINDS}
    counts = candidates.count_series(list(named))
    asked = understood.topic.split()
    return [
        lexical.Term(id_, words, counts[id_], is_concept=True)
        for id_, entity in named.items()
        if id_ in counts and (words := _within(entity.text, asked))
    ]


def _within(name: str, asked: Sequence[str]) -> tuple[str, ...]:
    """Return the words of a name as they stand in the topic, with what signs are at them."""
    wanted = {word.strip(PUNCTUATION).casefold() for word in name.split()}
    return tuple(word for word in asked if word.strip(PUNCTUATION).casefold() in wanted)


def _plain(term: lexical.Term) -> list[str]:
    return [word.strip(PUNCTUATION).casefold() for word in term.words]
