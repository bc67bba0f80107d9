"""Words that tell of controls, comparisons and replicates in a record.

A pattern is looked for only in texts that hold one of its stems: that is fifty times quicker, and
most texts hold few.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MOST_TEXT = 20_000  # characters that are read; GEO's longest texts are near 12,000


@dataclass(frozen=True, slots=True)
class Named:
    """What a text may name: by stems, in lower case, of which a pattern makes sure."""

    pattern: re.Pattern[str]
    stems: Sequence[str]
    unless_after: re.Pattern[str] | None = None

    def first_in(self, text: str) -> str | None:
        """Return how the text names it first, None if it does not."""
        lower = text[:MOST_TEXT].lower()
        return next(self._all(lower), None)

    def _all(self, lower: str) -> Iterator[str]:
        for start in sorted(self._starts(lower)):
            found = self.pattern.match(lower, start)
            before = lower[max(0, start - 24) : start]
            if found and not (self.unless_after and self.unless_after.search(before)):
                yield " ".join(found[0].lstrip(": ").split())

    def _starts(self, lower: str) -> Iterator[int]:
        """Yield where a stem stands, at the beginning of a word."""
        for stem in self.stems:
            at = lower.find(stem)
            while at >= 0:
                if not at or not lower[at - 1].isalnum() or not stem[0].isalnum():
                    yield at
                at = lower.find(stem, at + 1)


# "control" as a group, not "quality control", "under the control of" or "controls the cell cycle".
CONTROL = Named(
    re.compile(
        r"""
        controls?\b (?!\ (?:of|the|over)\b|\ for\ quality)
        | ctrl\b | case[- ]control
        | healthy\b | unaffected\b | non[- ]?diseased\b
        | (?:adjacent|matched|histologically)\ (?:non[- ]?\w{1,20}\ )?normal\b
        | normal\ (?:\w{1,20}\ ){0,2}
            (?:tissues?|samples?|cells?|donors?|subjects?|individuals?|volunteers?|controls?)\b
        | :\ normal\b
        | untreated\b | vehicle\b | mock\b | sham\b | placebo\b | dmso\b
        | wild[- ]?type\b | wt\b | scrambled?\b | non[- ]?targeting\b
        | s[ih](?:nc|ctrl|con|control|scr|gfp|luc)\b
        | baseline\b | pre-?treatment\b
        """,
        re.VERBOSE,
    ),
    (
        *("control", "ctrl", "case", "healthy", "unaffected", "non", "adjacent", "matched"),
        *("histologically", "normal", ": normal", "untreated", "vehicle", "mock", "sham"),
        *("placebo", "dmso", "wild", "wt", "scramble", "si", "sh", "baseline", "pre"),
    ),
    re.compile(r"\b(?:quality |under |under the |no |without )$"),
)
COMPARISON = Named(
    re.compile(r"vs\b|versus\b|compar(?:ed|ing|ison|isons)\b|relative to\b|differential(?:ly)?\b"),
    ("vs", "versus", "compar", "relative", "differential"),
)
REPLICATES = Named(
    re.compile(
        r"(?:replicates?|replicated|duplicates?|triplicates?|quadruplicates?|n ?= ?[3-9])\b"
    ),
    ("replicate", "duplicate", "triplicate", "quadruplicate", "n =", "n="),
    re.compile(r"\b(?:no|without) (?:biological |technical )?$"),
)
