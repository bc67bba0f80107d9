"""Read how many samples a question asks for: 'more than 20 samples', '10 to 50 patients'."""

import re
from typing import NamedTuple

LOWER, UPPER = "lower", "upper"
# What a comparison bounds, and what is added to its number: more than 20 is at least 21.
COMPARISONS = {
    "more than": (LOWER, 1),
    "greater than": (LOWER, 1),
    "larger than": (LOWER, 1),
    "bigger than": (LOWER, 1),
    "exceeding": (LOWER, 1),
    "over": (LOWER, 1),
    "above": (LOWER, 1),
    ">": (LOWER, 1),
    "at least": (LOWER, 0),
    "at minimum": (LOWER, 0),
    "no fewer than": (LOWER, 0),
    "no less than": (LOWER, 0),
    "not fewer than": (LOWER, 0),
    "not less than": (LOWER, 0),
    "a minimum of": (LOWER, 0),
    "minimum of": (LOWER, 0),
    "minimum": (LOWER, 0),
    "min": (LOWER, 0),
    ">=": (LOWER, 0),
    "=>": (LOWER, 0),
    "≥": (LOWER, 0),
    "fewer than": (UPPER, -1),
    "less than": (UPPER, -1),
    "smaller than": (UPPER, -1),
    "under": (UPPER, -1),
    "below": (UPPER, -1),
    "<": (UPPER, -1),
    "at most": (UPPER, 0),
    "no more than": (UPPER, 0),
    "not more than": (UPPER, 0),
    "a maximum of": (UPPER, 0),
    "maximum of": (UPPER, 0),
    "maximum": (UPPER, 0),
    "max": (UPPER, 0),
    "up to": (UPPER, 0),
    "<=": (UPPER, 0),
    "=<": (UPPER, 0),
    "≤": (UPPER, 0),
}
NUMBER_WORDS = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50,
    "a hundred": 100, "one hundred": 100, "hundred": 100, "a thousand": 1000, "thousand": 1000,
}  # fmt: skip
FLAGS = re.ASCII | re.IGNORECASE
COUNTED = (
    r"(?:samples?|patients?|subjects?|individuals?|donors?|participants?|people|specimens?"
    r"|biopsies|arrays|chips|gsms?)\b(?!\s{1,3}(?:per|(?:in\s{1,3}|for\s{1,3})?each)\b)"
)

# Every repetition below has an upper bound, so reading stays linear in the question's length.
_GAP = r"\s{1,3}"
_COMPARISON = "|".join(
    re.escape(words).replace(r"\ ", _GAP) for words in sorted(COMPARISONS, key=len, reverse=True)
)
_NUMBER = (
    r"(?:\d{1,3}(?:,\d{3}){1,2}|\d{1,7}|"
    + "|".join(words.replace(" ", _GAP) for words in sorted(NUMBER_WORDS, key=len, reverse=True))
    + r")(?![\w%]|[.,]\d)"
)
# "20 human tumour samples" counts samples; "20 genes in samples" and "20 years" do not.
_BETWEEN = (
    r"(?:\s{1,3}(?!(?:of|in|from|with|per|and|or|for|across|to|years?|months?|weeks?|days?"
    r"|hours?|genes?|cells?|reads?|fold|million|datasets?|studies)\b)[^\W\d_][\w-]{0,24}){0,2}"
)
_COUNTED = rf"(?P<between>{_BETWEEN})\s{{1,3}}{COUNTED}"
_SIZE_OF = (
    r"(?:(?:number\s{1,3}of\s{1,3}samples|samples?\s{1,3}sizes?|samples?\s{1,3}counts?|samples"
    r"|\bn)(?:\s{1,3}(?:is|are|of|being))?)"
)
_START = r"(?<![\w.])"
RANGE = re.compile(
    rf"{_START}(?:(?:between|from){_GAP})?(?P<low>{_NUMBER})\s{{0,3}}(?:-|to\b|and\b)\s{{0,3}}"
    rf"(?P<high>{_NUMBER}){_COUNTED}",
    FLAGS,
)
COMPARED = re.compile(
    rf"{_START}(?:(?P<size_of>{_SIZE_OF})\s{{0,3}})?(?P<first>{_COMPARISON})\s{{0,3}}"
    rf"(?P<number>{_NUMBER})"
    rf"(?:{_GAP}(?:and|but){_GAP}(?P<second>{_COMPARISON})\s{{0,3}}(?P<other>{_NUMBER}))?"
    rf"(?P<counted>{_COUNTED})?",
    FLAGS,
)
OR_MORE = re.compile(
    rf"{_START}(?P<number>{_NUMBER}|\d{{1,7}}(?=\s?\+))(?:\s?(?P<plus>\+){_COUNTED}"
    rf"|{_GAP}or{_GAP}(?P<before>more|fewer|less){_GAP}{COUNTED}"
    rf"|{_GAP}{COUNTED}{_GAP}or{_GAP}(?P<after>more|fewer|less)\b)",
    FLAGS,
)
EXACT = re.compile(rf"{_START}exactly{_GAP}(?P<number>{_NUMBER}){_COUNTED}", FLAGS)


class Bound(NamedTuple):
    """One bound on the number of samples, and ``question[start:end]`` that states it."""

    side: str
    value: int
    start: int
    end: int


def read_sizes(question: str) -> list[Bound]:
    """Return every bound that a question, in its plain form, states; in no particular order."""
    ranges = [bound for match in RANGE.finditer(question) for bound in _of_range(match)]
    others = [
        bound
        for pattern, read in ((EXACT, _of_exact), (OR_MORE, _of_or_more), (COMPARED, _of_compared))
        for match in pattern.finditer(question)
        for bound in read(match)
    ]
    covered = [(bound.start, bound.end) for bound in ranges]
    return ranges + [
        bound
        for bound in others
        if not any(bound.start < end and start < bound.end for start, end in covered)
    ]


def _of_range(match: re.Match[str]) -> list[Bound]:
    is_spelled_and = "and" in match[0][match.end("low") - match.start() :].lower().split()[:1]
    if is_spelled_and and not match[0].lower().startswith("between"):
        return []
    end = _end(match, after="high")
    return [
        Bound(LOWER, _number(match["low"]), match.start(), end),
        Bound(UPPER, _number(match["high"]), match.start(), end),
    ]


def _of_exact(match: re.Match[str]) -> list[Bound]:
    value, end = _number(match["number"]), _end(match, after="number")
    return [Bound(side, value, match.start(), end) for side in (LOWER, UPPER)]


def _of_or_more(match: re.Match[str]) -> list[Bound]:
    direction = (match["before"] or match["after"] or "more").lower()
    side = LOWER if direction == "more" else UPPER
    end = _end(match, after="plus") if match["plus"] else match.end()
    return [Bound(side, _number(match["number"]), match.start(), end)]


def _of_compared(match: re.Match[str]) -> list[Bound]:
    if not (match["counted"] or match["size_of"]):
        return []
    last = "other" if match["other"] else "number"
    end = _end(match, after=last)
    pairs = [(match["first"], match["number"]), (match["second"], match["other"])]
    return [
        _bound(comparison, number, match.start(), end)
        for comparison, number in pairs
        if comparison and number
    ]


def _bound(comparison: str, number: str, start: int, end: int) -> Bound:
    side, added = COMPARISONS[" ".join(comparison.lower().split())]
    return Bound(side, _number(number) + added, start, end)


def _end(match: re.Match[str], *, after: str) -> int:
    """Leave out words between a number and what it counts: they say what the samples are."""
    return match.end(after) if match["between"] else match.end()


def _number(text: str) -> int:
    words = " ".join(text.lower().split())
    return NUMBER_WORDS[words] if words in NUMBER_WORDS else int(words.replace(",", ""))
