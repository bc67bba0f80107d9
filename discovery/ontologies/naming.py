"""Which names of a term a question is matched with, and how they must be written."""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from discovery.ontologies.terms import Entry
from discovery.understanding.topic import is_filler
from discovery.understanding.vocabulary import case_of, english_words, is_abbreviation
from discovery.understanding.words import are_joined, key_of, words_of

# Nobody asks for longer names, and no question has room for many of them.
MOST_WORDS, MOST_CHARACTERS = 8, 80
# Abbreviations of three letters mean too many things, unless they are a gene's own symbol.
SHORTEST_ABBREVIATION, SHORTEST_SYMBOL, LONGEST_OTHER_ALIAS = 4, 3, 4
LABEL, EXACT, ABBREVIATION, SYMBOL = "label", "exact", "abbreviation", "symbol"


class Naming(NamedTuple):
    """One way to write a term, and the folded words that it is looked up by."""

    folded: str
    written: str
    kind: str
    is_case_sensitive: bool


def namings_of(entry: Entry) -> Iterator[Naming]:
    """Yield the names that a term can be found by, each once."""
    seen: set[str] = set()
    for name in filter(is_askable, (entry.name, *entry.synonyms)):
        kind = _kind(entry, name)
        for key in _keys(entry, name):
            if key not in seen and _is_telling(entry, name, key, kind):
                seen.add(key)
                yield Naming(key, name, kind, _is_case_sensitive(kind, name))


def is_askable(name: str) -> bool:
    """Say whether a name is short enough, and holds nothing at which the matcher ends a name."""
    words = words_of(name)
    return (
        0 < len(words) <= MOST_WORDS
        and 1 < len(name) <= MOST_CHARACTERS
        and all(are_joined(name, left, right) for left, right in pairwise(words))
    )


def english_among(names: Iterable[str], english: Iterable[str]) -> list[str]:
    """Return the names of one word that are ordinary words too, in small letters."""
    words = {word for word in english if word.isalpha()}
    single = {name.casefold() for name in names if name.isalpha()}
    return sorted(words & single)


def _kind(entry: Entry, name: str) -> str:
    if entry.type == "gene" and " " not in name:
        return SYMBOL if name == entry.name else ABBREVIATION
    if name == entry.name:
        return LABEL
    return ABBREVIATION if is_abbreviation(name) else EXACT


def _keys(entry: Entry, name: str) -> list[str]:
    """Return the name's key; that of a gene also with its words together: PD-L1, PDL1."""
    key = key_of(words_of(name))
    if entry.type == "gene" and " " not in name and " " in key:
        return [key, key.replace(" ", "")]
    return [key]


def _is_telling(entry: Entry, name: str, key: str, kind: str) -> bool:
    if not key or not any(char.isalpha() for char in name):
        return False
    if entry.type == "gene":
        return _is_gene(entry, name, kind)
    if " " not in name:
        length = sum(char.isalnum() for char in name)
        if length < SHORTEST_ABBREVIATION and not name.islower():
            return False
        if entry.type == "organism" and name[0].isupper():
            return False  # genera share their names with all sorts of things: Data, Rover, Alicia
    return kind == LABEL or key not in english_words()


def _is_gene(entry: Entry, name: str, kind: str) -> bool:
    """Say whether a gene's name is its own: many an alias is a word, or another family's name."""
    if kind == EXACT or (name,) == entry.synonyms[:1]:
        return True
    if len(name) < SHORTEST_SYMBOL or not name[0].isalpha():
        return False
    letters = sum(char.isalpha() for char in name)
    has_digit = any(char.isdigit() for char in name)
    is_long = len(name) > LONGEST_OTHER_ALIAS and not name.islower()
    return kind == SYMBOL or (has_digit and letters > 1) or is_long


def _is_case_sensitive(kind: str, name: str) -> bool:
    if kind == SYMBOL:
        return not any(char.isdigit() for char in name)
    return case_of(name) is not None or (kind == ABBREVIATION and _has_ordinary_word(name))


def _has_ordinary_word(name: str) -> bool:
    """Say whether one of a name's parts is a word of every text: AND-1."""
    parts = words_of(name)
    return len(parts) > 1 and any(is_filler(one.raw) for one in parts)
