"""Whether what a language model says of a record stands in it. Whatever is in doubt is dropped.

A model that read a hostile record may say anything. So a claim is taken only if it is plain text,
and if its numbers, names, direction and most of its words are those of the sentence it is based on.
"""

import re
from collections.abc import Iterable

from discovery.summaries.plain import is_plain
from discovery.summaries.sentences import Sentence

LONGEST = 400  # characters
# The share of a claim's telling words that must stand in its sentence.
LEAST_SHARED = 0.75
LEAST_WORDS = 3
STEM = 5  # letters: "expressed" is "expression"
ACCESSION = re.compile(
    r"\b(?:G(?:SE|SM|PL|DS)\d+|PRJ[A-Z]{2}\d+|[SED]R[PRXSAZ]\d+|SAM(?:N|EA|D)\d+|E-[A-Z]{4}-\d+"
    r"|phs\d+|[NX][MRP]_\d+|PMC\d+|PMID:?\s?\d+|10\.\d{4,}/\S+)",
    re.IGNORECASE,
)
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
# A gene or a cell line: it is a name, not a word.
NAME = re.compile(r"\b(?=\w{0,30}[A-Z])(?=\w{0,30}(?:\d|[A-Z]\w{0,30}[A-Z]))\w{2,30}")
_NUMBERS = "zero one two three four five six seven eight nine ten eleven twelve"
NUMBERS = {word: str(value) for value, word in enumerate(_NUMBERS.split())}
_GLUE = """
    this that these those with from into were was which their there than then also using used study
    series dataset data samples sample show shows showed found find finding here have been between
    both such each other more most over under after before during about through while where when
"""
GLUE = frozenset(_GLUE.split())
NEGATED = re.compile(
    r"\b(?:not?|none|nor|neither|never|without|lack\w*|fail\w*|absen\w+|un(?:changed|affected|able)"
    r"|cannot|loss)\b|n't\b",
    re.IGNORECASE,
)
UP = re.compile(
    r"\b(?:increas\w+|up-?regulat\w+|higher|elevat\w+|enhanc\w+|induc\w+|activat\w+|gain\w*"
    r"|promot\w+|better|more)\b",
    re.IGNORECASE,
)
DOWN = re.compile(
    r"\b(?:decreas\w+|down-?regulat\w+|lower\w*|reduc\w+|inhibit\w+|repress\w+|suppress\w+|loss"
    r"|attenuat\w+|worse|less|impair\w+)\b",
    re.IGNORECASE,
)
SHINGLE = 6  # words in a row that are too many to be chance


def holds(claim: str, *, source: Sentence, instructions: str) -> bool:
    """Say whether a claim about a record says what its source sentence says.

    :param instructions: what the model was told, none of which is to come out
    """
    return (
        0 < len(claim) <= LONGEST
        and is_plain(claim)
        and _names(claim) <= _names(source.text)
        and _numbers(claim) <= _numbers(source.text)
        and _says_the_same_way(claim, source.text)
        and _is_worded_like(claim, source.text)
        and not (_shingles(claim) & (_shingles(instructions) - _shingles(source.text)))
    )


def accessions(text: str) -> set[str]:
    """Return the accessions, PubMed ids and DOIs that a text names."""
    return {found[0].upper() for found in ACCESSION.finditer(text)}


def _names(text: str) -> set[str]:
    return accessions(text) | {found[0].upper() for found in NAME.finditer(text)}


def _numbers(text: str) -> set[str]:
    digits = {one.replace(",", "").rstrip(".") for one in NUMBER.findall(text)}
    words = {one.lower() for one in WORD.findall(text)}
    return digits | {NUMBERS[one] for one in words if one in NUMBERS}


def _says_the_same_way(claim: str, source: str) -> bool:
    """Say whether both deny or neither does, and whether nothing rises in one that does not in both."""
    return bool(NEGATED.search(claim)) == bool(NEGATED.search(source)) and all(
        way.search(source) or not way.search(claim) for way in (UP, DOWN)
    )


def _is_worded_like(claim: str, source: str) -> bool:
    told = _stems(claim)
    return len(told) >= LEAST_WORDS and len(told & _stems(source)) >= LEAST_SHARED * len(told)


def _stems(text: str) -> set[str]:
    words = _words(text)
    return {word[:STEM] for word in words if len(word) > 3 and word not in GLUE}  # noqa: PLR2004


def _words(text: str) -> Iterable[str]:
    return [one.lower() for found in WORD.findall(text) for one in found.split("-")]


def _shingles(text: str) -> set[tuple[str, ...]]:
    words = list(_words(text))
    return {tuple(words[at : at + SHINGLE]) for at in range(len(words) - SHINGLE + 1)}
