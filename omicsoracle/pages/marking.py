"""Marks the words that somebody asked for in the texts of records."""

import re
from collections.abc import Iterable, Iterator

from django.utils.html import escape, format_html_join
from django.utils.safestring import SafeString

COMMON = frozenset({"and", "are", "for", "from", "not", "the", "was", "were", "with"})
SHORTEST = 3  # letters; shorter ones only with a digit in them, such as B6
SHORTEST_STEM = 4  # what is no shorter may have another ending: cancer, cancers
MOST_WORDS = 80
EXCERPT, BEFORE = 320, 120  # characters


class Marker:
    """Finds words of some terms in a text, in any case and with other endings."""

    def __init__(self, terms: Iterable[str]) -> None:
        words = dict.fromkeys(word for term in terms for word in _telling(term))
        stems = "|".join(_form(word) for word in list(words)[:MOST_WORDS])
        # Words beside each other are marked as one.
        self._pattern = (
            re.compile(rf"\b(?:{stems})\b(?:[\s-]+(?:{stems})\b)*", re.IGNORECASE)
            if stems
            else None
        )

    def places(self, text: str) -> Iterator[tuple[int, int]]:
        return (
            (found.span() for found in self._pattern.finditer(text)) if self._pattern else iter(())
        )

    def marked(self, text: str) -> SafeString:
        """Return text as HTML: all of it escaped, the words in <mark>."""
        pieces, done = [], 0
        for start, end in self.places(text):
            pieces.append((text[done:start], text[start:end]))
            done = end
        return format_html_join("", "{}<mark>{}</mark>", pieces) + escape(text[done:])

    def excerpt(self, text: str) -> str:
        """Return the beginning of a text, or what is about the first word if that comes later."""
        text = " ".join(text.split())
        first = next((start for start, _ in self.places(text)), 0)
        begins = 0 if first < EXCERPT - BEFORE else text.rfind(" ", 0, first - BEFORE) + 1
        ends = begins + EXCERPT
        if len(text) > ends:
            ends = max(text.rfind(" ", begins, ends), begins + EXCERPT // 2)
        return f"{'… ' if begins else ''}{text[begins:ends]}{' …' if len(text) > ends else ''}"


def _telling(term: str) -> Iterator[str]:
    for word in re.findall(r"\w+", term.casefold()):
        is_long = len(word) >= SHORTEST and word not in COMMON
        if is_long or (len(word) == SHORTEST - 1 and any(letter.isdigit() for letter in word)):
            yield word


def _form(word: str) -> str:
    stem = word[:-1] if len(word) > SHORTEST_STEM and word.endswith("s") else word
    return re.escape(stem) + (r"\w{0,3}" if len(stem) >= SHORTEST_STEM else "")
