"""Cut a question down to what it is about, for full text and for the embedding model."""

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from discovery.understanding.sizes import FLAGS
from discovery.understanding.words import Word

Span = tuple[int, int]

CLOSING = (")", "]", "+", '"')
_CONNECTIVES = """
    a an and any are as at be been but by for from having has have in including into is it of on or
    that the their there these those to using via was were which where whose with within without
"""
_EMPTY_WORDS = """
    about all also can could do does find get give how i if me my need not our please show some than
    then this through under up us want we what when who will would you your vs versus related
    regarding
"""
CONNECTIVES = frozenset(_CONNECTIVES.split())
EMPTY_WORDS = CONNECTIVES | frozenset(_EMPTY_WORDS.split())
POLITE = re.compile(
    r"[\s,.:;!?]{0,3}\b(?:please|hi|hello|dear|thanks|could|can|would|will|shall|you|your|i|am|m|d|ll"
    r"|re|ve|we|are|is|was|there|do|does|have|has|been|need|needs|want|like|to|look|looking|interested"
    r"|search|searching|find|finding|show|give|get|list|fetch|retrieve|see|help|us|me|my|known?|tell"
    r"|which|what|where|who|how|many|much|count|number|summari[sz]e|summary|overview|compare|for|in"
    r"|about|on|of|all|any|some|the|a|an|that|available|publicly|public)\b(?!-)'?[\s,:]{0,3}",
    FLAGS,
)
DATASETS = re.compile(
    r"\b(?:(?:public(?:ly)?|available|geo|ncbi|relevant)\s{1,3}){0,3}"
    r"(?:data\s?sets?|data|studies|study|experiments?|(?<!time )(?<!time-)series|geo)\b"
    r"(?:\s{1,3}(?:(?:are|is)\s{1,3})?(?:available\s{1,3})?(?:about|on|of|for|regarding|concerning"
    r"|related\s{1,3}to|dealing\s{1,3}with|investigating|studying|examining|exploring"
    r"|looking\s{1,3}at|comparing|involving|from|in|with|using|that|which|where|exist|there|are"
    r"|do|we|you|have)\b){0,3}",
    FLAGS,
)


class Topic(NamedTuple):
    """What is left of a question, as text and as words."""

    text: str
    words: list[Word]


def topic_of(
    question: str,
    words: Sequence[Word],
    *,
    filters: Iterable[Span],
    entities: Iterable[Span],
) -> Topic:
    """Return the question without filters and filler; never empty.

    Organisms and assays stay though a filter holds them: to both words and meaning they tell much.

    :param filters: the phrases that state filters
    :param entities: the places of names, which filler never cuts into
    """
    kept = bytearray(b"\x01") * len(question)
    names = bytearray(len(question))
    for start, end in entities:
        names[start:end] = b"\x01" * (end - start)
    _cut(kept, filters)
    _cut(kept, _filler(question, kept, names))
    survivors = _survivors(words, kept)
    if any(is_content(word) for word in survivors):
        return Topic(_joined(question, survivors, kept), survivors)
    return Topic(" ".join(question.split()) or question, list(words))


def is_content(word: Word) -> bool:
    return not is_filler(word.raw)


def is_filler(word: str) -> bool:
    """Say whether a word tells nothing of what a question is about ("of", "please")."""
    return word.lower() in EMPTY_WORDS


def _cut(kept: bytearray, spans: Iterable[Span]) -> None:
    for start, end in spans:
        kept[start:end] = bytes(end - start)


def _filler(question: str, kept: bytearray, names: bytearray) -> list[Span]:
    """Find the polite beginning and the words for datasets, outside of names."""
    spans = [
        match.span()
        for match in DATASETS.finditer(question)
        if not any(names[match.start() : match.end()])
    ]
    covered = dict(spans)
    at = 0
    while at < len(question):
        match = POLITE.match(question, at)
        if at in covered:
            end = covered[at]
        elif not (kept[at] and question[at].isalnum()):
            end = at + 1
        elif match and match.end() > at and not any(names[at : match.end()]):
            spans.append(match.span())
            end = match.end()
        else:
            break
        at = end
    return spans


def _survivors(words: Sequence[Word], kept: bytearray) -> list[Word]:
    """Return the words that stay, without the little ones that a cut left hanging."""
    staying: list[Word] = []
    is_cut_next = True
    for word in reversed(words):
        if not all(kept[word.start : word.end]):
            is_cut_next = True
            continue
        if is_cut_next and _is_connective(word) and (not staying or _is_connective(staying[-1])):
            continue
        staying.append(word)
        is_cut_next = False
    staying.reverse()
    first = next((at for at, word in enumerate(staying) if not _is_connective(word)), 0)
    return staying[first:]


def _is_connective(word: Word) -> bool:
    return word.raw.lower() in CONNECTIVES


def _joined(question: str, words: Sequence[Word], kept: bytearray) -> str:
    """Join words with what stood between them, or with a space where something was cut."""
    pieces = [question[words[0].start : words[0].end]]
    for left, right in pairwise(words):
        between = slice(left.end, right.start)
        is_whole = all(kept[between])
        pieces.append(question[between] if is_whole else " ")
        pieces.append(question[right.start : right.end])
    last = words[-1].end
    sign = question[last : last + 1]
    return " ".join("".join([*pieces, sign if sign in CLOSING else ""]).split())
