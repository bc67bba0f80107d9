"""Whether a series studied people: what it says of its patients in title or design, not in passing.

Who asks for a disease mostly wants patients; a record that names the disease for its cell line, or
as the reason for asking, often has none. It is a lexeme of the index, like the concepts.
"""

import re
from collections.abc import Mapping, Sequence

from discovery.ranking.bm25 import K1
from discovery.ranking.concepts import Concept

LEXEME = "studied:people"
HUMAN = "Homo sapiens"
FIELDS = "AC"  # the letters of title and design: a summary speaks of patients as a background, too
PEOPLE = re.compile(
    r"\b(?:patients?|donors?|volunteers?|participants?|cohorts?|subjects|individuals)\b",
    re.IGNORECASE,
)


def studied(*, organisms: Sequence[str], texts: Mapping[str, str]) -> list[Concept]:
    """Return that a series studied people, or nothing if it does not say so.

    :param organisms: the record's; if these are known, people must be among them
    :param texts: letter of a field → what it says
    """
    if organisms and HUMAN not in organisms:
        return []
    letters = "".join(letter for letter in FIELDS if PEOPLE.search(texts.get(letter, "")))
    return [Concept(LEXEME, K1 + 1, letters)] if letters else []
