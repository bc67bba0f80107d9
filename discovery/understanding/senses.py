"""Tell what an ambiguous name means by the words around it: AD beside "brain" or beside "skin"."""

import csv
from collections.abc import Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple

from discovery.understanding.vocabulary import ABBREVIATION, SHARED, Name, Term
from discovery.understanding.words import Word, fold

TABLE = Path(__file__).with_name("senses.tsv")
# Fewer words in capitals than this may well be abbreviations: "AML TP53".
SHORTEST_SHOUT = 3
BY_DEFAULT = "*"


class Sense(NamedTuple):
    """One meaning of a name: None means an ordinary word. `cues` are folded words that tell it."""

    term: Term | None
    cues: frozenset[str]


class Context:
    """The question around a name."""

    def __init__(self, question: str, words: Sequence[Word]) -> None:
        self.question = question
        self.words = words
        self.is_shouted = len(words) >= SHORTEST_SHOUT and question.upper() == question

    @cached_property
    def folded(self) -> frozenset[str]:
        return frozenset(word.folded for word in self.words)

    def defined(self, span: Sequence[Word]) -> list[Word]:
        """Return the words that an abbreviation in brackets stands for: "germinal center (GC)"."""
        short = span[0].raw
        if len(span) > 1 or self.question[span[0].start - 1 : span[0].start] != "(":
            return []
        before = [word for word in self.words if word.end < span[0].start]
        long = before[-len(short) :]
        initials = "".join(word.raw[0] for word in long)
        return long if initials.casefold() == short.casefold() else []


@cache
def senses() -> dict[str, list[Sense]]:
    """Load the table of ambiguous names, once in a process."""
    found: dict[str, list[Sense]] = {}
    with TABLE.open(encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE):
            term = Term(row["type"], row["id"], row["canonical"]) if row["type"] else None
            cues = frozenset(cue if cue == BY_DEFAULT else fold(cue) for cue in row["cues"].split())
            found.setdefault(row["name"], []).append(Sense(term, cues))
    return found


def sense_of(span: Sequence[Word], name: Name, context: Context) -> Name | None:
    """Return the name with the term that it means here; None if it is an ordinary word."""
    written = " ".join([word.raw for word in span])
    told = senses().get(written) or senses().get(written.lower(), [])
    if not told:
        return name
    around = context.folded - {word.folded for word in span}
    best = max(told, key=lambda sense: (len(sense.cues & around), BY_DEFAULT in sense.cues))
    if not (best.cues & around or BY_DEFAULT in best.cues):
        return name
    if best.term is None:
        return None
    sure = ABBREVIATION if best.cues & around else SHARED
    return name._replace(term=best.term, confidence=max(sure, name.confidence))
