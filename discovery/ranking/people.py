"""Whether a series studied people or animals: what title or design say of them, not in passing.

Who asks for a disease mostly wants patients; a record that names the disease for its cell line, or
as the reason for asking, often has none. Both are lexemes of the index, like the concepts.
"""

import re
from collections.abc import Mapping, Sequence

from discovery.ranking.bm25 import K1
from discovery.ranking.concepts import Concept

PEOPLE = "studied:people"
ANIMALS = "studied:animals"
HUMAN = "Homo sapiens"
FIELDS = "AC"  # the letters of title and design: a summary speaks of patients as a background, too
OF_PEOPLE = re.compile(
    r"\b(?:patients?|donors?|volunteers?|participants?|cohorts?|subjects|individuals)\b",
    re.IGNORECASE,
)
OF_ANIMALS = re.compile(
    r"\b(?:mice|mouse|murine|rats?|zebrafish|drosophila|transgenic|knock-?outs?)\b", re.IGNORECASE
)


def studied(*, organisms: Sequence[str], texts: Mapping[str, str]) -> list[Concept]:
    """Return that a series studied people, animals or both, or nothing if it does not say so.

    :param organisms: the record's; if these are known, people must be among them to be studied
    :param texts: letter of a field → what it says
    """
    said = {ANIMALS: _letters(OF_ANIMALS, texts)}
    if not organisms or HUMAN in organisms:
        said[PEOPLE] = _letters(OF_PEOPLE, texts)
    return [Concept(lexeme, K1 + 1, letters) for lexeme, letters in said.items() if letters]


def _letters(said: re.Pattern[str], texts: Mapping[str, str]) -> str:
    return "".join(letter for letter in FIELDS if said.search(texts.get(letter, "")))
