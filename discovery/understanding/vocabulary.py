"""The names that we know: a curated table of common terms first, the ontologies' names after it.

The table's identifiers were looked up by script in MONDO, UBERON, CL, EFO, NCBITaxon, ChEBI and HGNC
(see docs/ontologies.md); what they lack has one only where independent sources agreed.

How sure a name makes us: 1.0 the preferred name, 0.95 a synonym, 0.8 an abbreviation, 0.6 an
abbreviation of two letters, 0.5 a name that two terms share (the one listed first is meant).
"""

import csv
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple, Protocol

from discovery.understanding.words import Word, glued, key_of, words_of

TABLE = Path(__file__).with_name("vocabulary.tsv")
ENGLISH = Path(__file__).with_name("english.txt")
IGNORED = Path(__file__).with_name("ignored.txt")
PREFERRED, SYNONYM, ABBREVIATION, TWO_LETTERS, SHARED = 1.0, 0.95, 0.8, 0.6, 0.5
# A gene's symbol in small letters is believed from this length on: "gapdh", but not "ins".
SHORTEST_SMALL_SYMBOL = 4


class Term(NamedTuple):
    """What is meant. ``id`` is a CURIE, or None where we could not check one."""

    type: str
    id: str | None
    canonical: str


class Name(NamedTuple):
    """One way to write a term. ``written`` is set when upper and lower case matter."""

    term: Term
    written: str | None
    confidence: float

    @property
    def is_symbol(self) -> bool:
        return self.term.type == "gene" and self.confidence == PREFERRED

    def fits(self, words: Sequence[Word], *, is_shouted: bool) -> bool:
        """Say whether words that have the name's letters are this name also by their case.

        :param is_shouted: whether the whole question is in capitals, so that case says nothing
        """
        if self.written is None:
            return True
        is_english = self.written.casefold() in english_words()
        if is_shouted and is_english:
            return False
        asked = glued(words)
        if asked in (self.written, self.written + "s"):
            return True
        return self.is_symbol and not is_english and _is_symbol(asked, self.written)


class Names(Protocol):
    """Names to look up beyond the curated table's."""

    def find(self, keys: Collection[str]) -> Mapping[str, Sequence[Name]]:
        """Return the names by those of the keys that are known, the best first."""


class Curated(NamedTuple):
    """The names of the table by their keys, and the most words that one has."""

    names: dict[str, list[Name]]
    most_words: int

    def find(self, keys: Collection[str]) -> Mapping[str, Sequence[Name]]:
        return {key: self.names[key] for key in keys if key in self.names}


@cache
def vocabulary() -> Curated:
    """Load the curated table, once in a process."""
    names: dict[str, list[Name]] = {}
    with TABLE.open(encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE):
            term = Term(row["type"], row["id"] or None, row["canonical"])
            synonyms = [name for name in row["synonyms"].split("|") if name]
            for text, sure in _with_confidence(term, synonyms):
                key = key_of(words_of(text))
                names.setdefault(key, []).append(Name(term, case_of(text), sure))
    return Curated(names, max(len(key.split()) for key in names))


def types_by_id() -> dict[str, str]:
    """Return the type of each curated term that has an identifier."""
    terms = {name.term for names in vocabulary().names.values() for name in names}
    return {term.id: term.type for term in terms if term.id}


def _with_confidence(term: Term, synonyms: Sequence[str]) -> list[tuple[str, float]]:
    short = {name.casefold() for name in synonyms if is_abbreviation(name)}
    return [
        (term.canonical, PREFERRED),
        *((one, confidence_of(one) if one.casefold() in short else SYNONYM) for one in synonyms),
    ]


@cache
def english_words() -> frozenset[str]:
    """Return the names that are ordinary words too: WAS, MET, ALL."""
    return frozenset(ENGLISH.read_text(encoding="utf-8").split())


@cache
def ignored() -> frozenset[str]:
    """Return the keys of names that say something else in most questions: cell, stage, patient."""
    lines = IGNORED.read_text(encoding="utf-8").splitlines()
    return frozenset(key_of(words_of(line)) for line in lines)


def case_of(name: str) -> str | None:
    """Return how a name must be written, its words together; None if case does not matter.

    AML, MET, PsA count only as written; IL6 and breast cancer do not: no English word has a digit
    in it, so names with one may be written in any case. Where the lower case is safe too, the
    table lists it as a synonym of its own.
    """
    if is_abbreviation(name) and not any(char.isdigit() for char in name):
        return glued(words_of(name))
    return None


def is_abbreviation(name: str) -> bool:
    """Say whether a name is one word with capitals inside: T2D, COPD, scRNA-seq."""
    return sum(char.isupper() for char in name) > 1 and not any(char.isspace() for char in name)


def confidence_of(abbreviation: str) -> float:
    return TWO_LETTERS if len(abbreviation) == len("AD") else ABBREVIATION


def _is_symbol(asked: str, symbol: str) -> bool:
    """Say whether a gene's symbol is written as for mice (Trp, Kras), or in small letters."""
    if asked == symbol.capitalize():
        return True
    return asked == symbol.lower() and len(symbol) >= SHORTEST_SMALL_SYMBOL
