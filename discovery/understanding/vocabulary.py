"""The names that we know: a curated table of common terms, with checked ontology identifiers.

The identifiers were looked up by script in MONDO, UBERON, CL, EFO, NCBITaxon and ChEBI as
`cellxgene-ontology-guide` ships them; genes and what it lacks (plants, microbes) have one only
where independent sources agreed.

How sure a name makes us: 1.0 the preferred name, 0.95 a synonym, 0.8 an abbreviation, 0.6 an
abbreviation of two letters, 0.5 a name that two terms share (the one listed first is meant).
"""

import csv
from functools import cache
from pathlib import Path
from typing import NamedTuple

from discovery.understanding.words import Word, words_of

TABLE = Path(__file__).with_name("vocabulary.tsv")
PREFERRED, SYNONYM, ABBREVIATION, TWO_LETTERS, SHARED = 1.0, 0.95, 0.8, 0.6, 0.5
# Abbreviations that are also words: not believed in a question that is all in capitals.
ENGLISH_WORDS = frozenset(
    "ALL APP BAT CAGE CLOCK GIST KIT MASH MET RET SAGE SAT VAT".split()  # noqa: SIM905 (shorter)
)


class Term(NamedTuple):
    """One row of the table. ``id`` is a CURIE, or None where we could not check one."""

    type: str
    id: str | None
    canonical: str


class Name(NamedTuple):
    """One way to write a term. ``written`` is set when upper and lower case matter."""

    term: Term
    written: tuple[str, ...] | None
    confidence: float


class Vocabulary(NamedTuple):
    """Every name by its folded words, and the most words of a name by its first word."""

    names: dict[tuple[str, ...], list[Name]]
    longest: dict[str, int]

    def look_up(self, words: list[Word], *, is_shouted: bool) -> Name | None:
        """Return the term that these words name exactly, or None.

        :param is_shouted: whether the whole question is in capitals, so that case says nothing
        """
        candidates = self.names.get(tuple(word.folded for word in words), ())
        fitting = [name for name in candidates if _fits(name, words, is_shouted=is_shouted)]
        if not fitting:
            return None
        if len({name.term for name in fitting}) > 1:
            return fitting[0]._replace(confidence=SHARED)
        return fitting[0]


@cache
def vocabulary() -> Vocabulary:
    """Load the table, once in a process."""
    loaded = Vocabulary({}, {})
    with TABLE.open(encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE):
            term = Term(row["type"], row["id"] or None, row["canonical"])
            synonyms = [name for name in row["synonyms"].split("|") if name]
            short = {name.casefold() for name in synonyms if _is_abbreviation(name)}
            _add(loaded, term, term.canonical, PREFERRED)
            for synonym in synonyms:
                sure = _confidence_of(synonym) if synonym.casefold() in short else SYNONYM
                _add(loaded, term, synonym, sure)
    return loaded


def _add(loaded: Vocabulary, term: Term, text: str, confidence: float) -> None:
    words = words_of(text)
    key = tuple(word.folded for word in words)
    written = tuple(word.raw for word in words) if _is_case_sensitive(text) else None
    loaded.names.setdefault(key, []).append(Name(term, written, confidence))
    loaded.longest[key[0]] = max(len(key), loaded.longest.get(key[0], 0))


def _is_case_sensitive(name: str) -> bool:
    """Say whether a name counts only as written: AML, MET, PsA; but not IL6 or breast cancer.

    No English word has a digit in it, so names with one may be written in any case. Where the
    lower case is safe too, the table lists it as a synonym of its own.
    """
    return _is_abbreviation(name) and not any(char.isdigit() for char in name)


def _is_abbreviation(name: str) -> bool:
    """Say whether a name is one word with capitals inside: T2D, COPD, scRNA-seq."""
    return sum(char.isupper() for char in name) > 1 and not any(char.isspace() for char in name)


def _confidence_of(abbreviation: str) -> float:
    return TWO_LETTERS if len(abbreviation) == len("AD") else ABBREVIATION


def _fits(name: Name, words: list[Word], *, is_shouted: bool) -> bool:
    if name.written is None:
        return True
    if is_shouted and "".join(name.written) in ENGLISH_WORDS:
        return False
    return all(
        word.raw in (written, written + "s")
        for word, written in zip(words, name.written, strict=True)
    )
