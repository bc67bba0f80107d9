"""Cut text into words and fold them, so that 'T-cells' and 'T cell' come out alike."""

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

# A possessive 's belongs to the word but not to its folded form. Every part consumes at least
# one character and nothing can match in two ways, so this is linear on any text.
WORD = re.compile(r"([^\W_](?:[^\W_]|[\u0300-\u036f])*)(?:['\u2019]s(?![^\W_]))?")
JOINERS = frozenset("-'/+&_\u207a\u2010\u2011\u2012\u2013\u2019")
DASHES = frozenset("\u2010\u2011\u2012\u2013\u2014\u2212")
LONGEST_GAP = 3
SPELLINGS = (
    ("tumour", "tumor"),
    ("aemi", "emi"),
    ("haem", "hem"),
    ("oesophag", "esophag"),
    ("oedema", "edema"),
    ("oestr", "estr"),
    ("paedia", "pedia"),
    ("foet", "fet"),
    ("ischaem", "ischem"),
)
GREEK = (
    ("\u03b1", "alpha"),
    ("\u03b2", "beta"),
    ("\u03b3", "gamma"),
    ("\u03b4", "delta"),
    ("\u03ba", "kappa"),
)
SHORTEST_PLURAL = 4


class Word(NamedTuple):
    """One word of a text: ``text[start:end]`` with a possessive ending, ``raw`` without."""

    folded: str
    raw: str
    start: int
    end: int


def words_of(text: str) -> list[Word]:
    return [
        Word(fold(match[1]), match[1], match.start(), match.end()) for match in WORD.finditer(text)
    ]


def key_of(words: Sequence[Word]) -> str:
    """Return what a name is looked up by: its folded words."""
    return " ".join([word.folded for word in words])


def glued(words: Sequence[Word]) -> str:
    """Return the words as they are written, without what stands between them."""
    return "".join([word.raw for word in words])


def fold(word: str) -> str:
    """Return a word in lower case, singular, American spelling and without accents."""
    folded = word.lower() if word.isascii() else _without_accents(word)
    for other, ours in SPELLINGS:
        if other in folded:
            folded = folded.replace(other, ours)
    return _singular(folded)


def plain(text: str) -> str:
    """Return the text, character for character, with every space and dash an ordinary one.

    The patterns that read filters are ASCII-only and made for this form: offsets stay the same.
    """
    return "".join(" " if char.isspace() else "-" if char in DASHES else char for char in text)


def are_joined(text: str, left: Word, right: Word) -> bool:
    """Say whether two neighbouring words may belong to one name, by what stands between them."""
    gap = text[left.end : right.start]
    if len(gap) > LONGEST_GAP:
        return False
    is_initial = len(left.raw) == 1
    return all(char.isspace() or char in JOINERS or (char == "." and is_initial) for char in gap)


def _without_accents(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word)
    folded = "".join(char for char in decomposed if not unicodedata.combining(char)).casefold()
    for letter, name in GREEK:
        folded = folded.replace(letter, name)
    return folded


def _singular(word: str) -> str:
    if len(word) < SHORTEST_PLURAL or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-2] if word.endswith(("sses", "xes", "uses", "ches", "shes")) else word[:-1]
