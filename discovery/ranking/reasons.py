"""Why a series was found, in sentences for the person who asked."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from discovery.ranking.lexical import Term
from discovery.understanding import Filters

# PostgreSQL's weight letters, most telling field first.
FIELD_NAMES = {"A": "Title", "B": "Summary", "C": "Design", "D": "Record"}
# From this cosine similarity on, neighbours are about the same thing more often than not.
CLOSE = 0.45


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
    similarity: float | None,
    facts: Facts,
    filters: Filters,
) -> list[str]:
    """Return the reasons, most telling first; never empty.

    :param terms: the question's, in its order
    :param letters_of: lexeme → weight letters of the fields of this series that it stands in
    """
    reasons = [*_words(terms, letters_of), *_facts(facts, filters)]
    if similarity is not None and similarity >= CLOSE:
        reasons.append(f"Close in meaning (similarity {similarity:.2f})")
    return reasons or ["Related in meaning"]


def _words(terms: Sequence[Term], letters_of: Mapping[str, frozenset[str]]) -> list[str]:
    """Return a reason for each field that adds words to the ones before it."""
    reasons = []
    left = [term for term in terms if not term.is_scenery]
    for letter, name in FIELD_NAMES.items():
        here = [term for term in left if letter in letters_of.get(term.lexeme, ())]
        left = [term for term in left if term not in here]
        if here:
            reasons.append(f"{name} has {_quoted(dict.fromkeys(term.words[0] for term in here))}")
    return reasons


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
    return ", ".join(f"“{word}”" for word in words)
