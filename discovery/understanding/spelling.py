"""Tell which known word a misspelt one may have meant."""

from collections.abc import Iterable

from discovery.understanding.matching import Entity
from discovery.understanding.topic import is_filler
from discovery.understanding.words import Word, words_of

# Shorter words have too many neighbours.
SHORTEST = 5
# How many letters may be wrong, missing, too many or swapped: in long words one more.
ERRORS, LONG, ERRORS_IN_LONG = 1, 8, 2


def doubtful(question: str, entities: Iterable[Entity]) -> list[Word]:
    """Return the words that could be misspelt: outside of names, of letters only, not in capitals."""
    named = {at for entity in entities for at in range(entity.start, entity.end)}
    return [
        word
        for word in words_of(question)
        if word.start not in named
        and len(word.raw) >= SHORTEST
        and word.raw.isalpha()
        and not word.raw[1:].isupper()
        and not is_filler(word.raw)
    ]


def nearest(asked: str, candidates: Iterable[tuple[str, int]]) -> str | None:
    """Return the candidate with the fewest errors, of several the most frequent; None if none is near.

    :param candidates: words with how often they occur
    """
    most = ERRORS if len(asked) < LONG else ERRORS_IN_LONG
    near = [
        (errors, -often, word)
        for word, often in candidates
        if abs(len(word) - len(asked)) <= most and (errors := distance(asked, word)) <= most
    ]
    return min(near)[2] if near else None


def distance(one: str, other: str) -> int:
    """Return in how many letters two words differ; two that changed places count once."""
    rows = [list(range(len(other) + 1))]
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, opposite in enumerate(other, 1):
            least = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (letter != opposite))
            if i > 1 and j > 1 and one[i - 2 : i] == other[j - 2 : j][::-1]:
                least = min(least, rows[-2][j - 2] + 1)
            row.append(least)
        rows.append(row)
    return rows[-1][-1]
