"""Cutting the text of a record into sentences, each exactly as it stands there."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

# After these, a dot ends nothing.
_ABBREVIATIONS = """
    e.g i.e vs cf viz resp approx ca c.f fig figs tab suppl supp ref refs eq eqs sec vol pp ed eds
    dr prof mr mrs ms st jr sr dept univ inc ltd co corp gmbh
    sp spp ssp subsp var cv str nov aff
    i.v i.p s.c p.o i.m b.w w.t a.m p.m u.s u.k ph.d m.d b.i.d t.i.d q.d
"""
ABBREVIATIONS = frozenset(_ABBREVIATIONS.split())
# After these, a dot may end a sentence: it does if a capital follows.
PERHAPS = frozenset({"al", "etc", "no", "nos", "min", "max", "hr", "hrs", "wk", "mo", "yr", "yrs"})
# Words that begin sentences, so that the letter before them was no initial ("vitamin D. We …").
_OPENERS = """
    The We In This These Here Our It A An To For Samples Cells Total RNA All Both After Using Thus
    However Although Moreover Furthermore Finally As At By From On When While Two Three Each There
    Results Data Mice Patients Methods Conclusions Background Then Therefore Interestingly
"""
OPENERS = frozenset(_OPENERS.split())
END = re.compile(
    r"""
    (?P<mark>[.!?]{1,5}) ["'”’)\]]{0,5} (?P<gap>\s{1,99}) (?=(?P<next>\S{1,40}))
    | (?<=[a-z]{3}) \. (?=[A-Z][a-z]+\ )        # "…of cells.These were …"
    """,
    re.VERBOSE,
)
# A paragraph ends with an empty line, or a line break where the next line begins something new.
BREAK = re.compile(r"\n[ \t]*\n\s*|(?<=[.!?:;])[ \t]*\n\s*|\n\s*(?=[A-Z0-9•*\-–])")
NAME_IN_LOWER_CASE = re.compile(r"[a-z]{1,4}[-A-Z0-9]")  # "miR-21", "mRNA", "p53"
OPENING = "([{\"'“"
ADDRESS = re.compile("[./@]")
LONGEST_WORD = 40
LONG = 400  # characters, from which on a semicolon ends a sentence too


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence and the field of the record that it stands in, as it stands there."""

    field: str
    text: str

    @property
    def plain(self) -> str:
        """Return it on one line."""
        return " ".join(self.text.split())


def sentences_of(field: str, text: str) -> list[Sentence]:
    """Return the sentences of a field, in their order."""
    return [
        Sentence(field, piece)
        for paragraph in _parts(text, (found.span() for found in BREAK.finditer(text)))
        for sentence in _parts(paragraph, _ends(paragraph))
        for piece in _shorter(sentence)
    ]


def _parts(text: str, gaps: Iterator[tuple[int, int]]) -> Iterator[str]:
    """Yield what stands between the gaps, without blanks around it."""
    start = 0
    for until, goes_on in gaps:
        if part := text[start:until].strip():
            yield part
        start = goes_on
    if rest := text[start:].strip():
        yield rest


def _ends(paragraph: str) -> Iterator[tuple[int, int]]:
    """Yield the blanks between two sentences."""
    start = 0
    for found in END.finditer(paragraph):
        before = paragraph[start : found.start()]
        if found["gap"] is None:
            if not ADDRESS.search(_last_word(before)):
                yield found.end(), found.end()
                start = found.end()
        elif _is_end(before, found["mark"], found["next"]):
            yield found.start("gap"), found.end()
            start = found.end()


def _is_end(before: str, mark: str, following: str) -> bool:
    """Say whether a mark ends a sentence.

    :param before: the sentence up to the mark
    :param following: the word after the blank
    """
    if mark != ".":
        return True
    word = _last_word(before)
    following = following.lstrip(OPENING)
    begins_anew = not following[:1].islower() or bool(NAME_IN_LOWER_CASE.match(following))
    if not begins_anew or not following or word.lower() in ABBREVIATIONS:
        return False
    if word.lower() in PERHAPS:
        return following[:1].isupper()
    if word == before.strip() and word.isdigit():  # "1. First, …"
        return False
    if len(word) == 1 and word.isalpha():  # "J. Smith", "E. Coli", but "vitamin D. We …"
        return word.islower() or following.rstrip(",") in OPENERS
    return True


def _last_word(text: str) -> str:
    words = text[-LONGEST_WORD:].split()
    return words[-1].lstrip(OPENING) if words else ""


def _shorter(sentence: str) -> Iterator[str]:
    """Yield a sentence, or its parts between semicolons if it is very long."""
    if len(sentence) <= LONG:
        yield sentence
        return
    yield from _parts(
        sentence, ((one.end() - 1, one.end()) for one in re.finditer(r"; ", sentence))
    )
