"""Why a series was found, in sentences for the person who asked."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from discovery.ranking.lexical import Term
from discovery.understanding import Filters

# PostgreSQL's weight letters, most telling field first.
FIELD_NAMES = {"A": "Title", "B": "Summary", "C": "Design", "D": "Record"}
# From this cosine similarity on, neighbours are about the same thing more often than not.
CLOSE = 0.45
SIGNS = ".,;:!?()[]"


# How a series that names something below what was asked for belongs to it.
BELONGING = {"disease": "a kind of", "tissue": "part of", "cell_type": "a kind of"}


@dataclass(frozen=True, slots=True)
class Subject:
    """A term that a series names, what it is called, and the terms that it descends from."""

    id: str
    kind: str
    name: str
    ancestors: frozenset[str]


@dataclass(frozen=True, slots=True)
class Facts:
    """What filters are compared with; None means that the record does not say."""

    organisms: Sequence[str]
    study_types: Sequence[str]
    platforms: Sequence[str]
    sample_count: int | None
    release_date: date | None
    has_publication: bool | None
    has_raw_data: bool | None


def reasons_for(
    *,
    terms: Sequence[Term],
    letters_of: Mapping[str, frozenset[str]],
    subjects: Sequence[Subject],
    similarity: float | None,
    facts: Facts,
    filters: Filters,
) -> list[str]:
    """Return the reasons, most telling first; never empty.

    :param terms: the question's, in its order
    :param letters_of: lexeme → weight letters of the fields of this series that it stands in
    :param subjects: what the series names, most told first
    """
    reasons = [
        *_words(terms, letters_of),
        *_concepts(terms, letters_of, subjects),
        *_facts(facts, filters),
    ]
    if similarity is not None and similarity >= CLOSE:
        reasons.append(f"Close in meaning (similarity {similarity:.2f})")
    return reasons or ["Related in meaning"]


def _words(terms: Sequence[Term], letters_of: Mapping[str, frozenset[str]]) -> list[str]:
    """Return a reason for each field that adds words to the ones before it."""
    reasons = []
    left = [term for term in terms if not (term.is_scenery or term.is_concept)]
    for letter, name in FIELD_NAMES.items():
        here = [term for term in left if letter in letters_of.get(term.lexeme, ())]
        left = [term for term in left if term not in here]
        if here:
            reasons.append(f"{name} has {_quoted(dict.fromkeys(term.words[0] for term in here))}")
    return reasons


def _concepts(
    terms: Sequence[Term],
    letters_of: Mapping[str, frozenset[str]],
    subjects: Sequence[Subject],
) -> list[str]:
    """Return a reason for each concept that the series names otherwise than the question does."""
    reasons = []
    for concept in terms:
        letters = letters_of.get(concept.lexeme, frozenset()) if concept.is_concept else ()
        if not letters or _is_said(concept, terms, letters_of):
            continue
        about = next((one for one in subjects if _is_about(one, concept)), None)
        if about is not None:
            reasons.append(f"{_verb(letters)} {about.name}{_belonging(about, concept)}")
    return reasons


def _is_said(
    concept: Term, terms: Sequence[Term], letters_of: Mapping[str, frozenset[str]]
) -> bool:
    """Say whether some field has all the words that name the concept: those are reason enough."""
    fields = [letters_of.get(word.lexeme, frozenset()) for word in terms if word.names(concept)]
    return bool(fields and frozenset.intersection(*fields))


def _is_about(subject: Subject, concept: Term) -> bool:
    return concept.lexeme == subject.id or concept.lexeme in subject.ancestors


def _verb(letters: Collection[str]) -> str:
    """Return what a series does with what stands in these fields; summaries tell the background."""
    if "A" in letters or "C" in letters:
        return "Studies"
    return "Samples have" if "D" in letters else "Mentions"


def _belonging(subject: Subject, concept: Term) -> str:
    if subject.id == concept.lexeme:
        return ""
    asked = " ".join(word.strip(SIGNS) for word in concept.words)
    return f", {BELONGING[subject.kind]} {asked}"


def _facts(facts: Facts, filters: Filters) -> list[str]:
    """Return a reason for each filter that the series is known to meet."""
    told: list[tuple[object, object, Callable[[], str]]] = [
        (filters.organism, facts.organisms, lambda: f"Organism is {filters.organism}"),
        (filters.study_type, facts.study_types, lambda: f"Study type is {filters.study_type}"),
        (filters.platform, facts.platforms, lambda: f"Platform is {filters.platform}"),
        (
            filters.min_samples is not None or filters.max_samples is not None or None,
            facts.sample_count is not None,
            lambda: f"Has {facts.sample_count} samples",
        ),
        (
            filters.released_after or filters.released_before,
            facts.release_date,
            lambda: f"Was released on {facts.release_date}",
        ),
        (filters.has_publication, facts.has_publication, lambda: "Has a publication"),
        (filters.has_raw_data, facts.has_raw_data, lambda: "Has raw data"),
    ]
    return [sentence() for asked, known, sentence in told if asked and known]


def _quoted(words: Iterable[str]) -> str:
    return ", ".join(f"“{word.strip(SIGNS) or word}”" for word in words)
