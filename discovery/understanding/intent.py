"""Tell what a question wants: mostly a search, sometimes something about the datasets."""

import re

from discovery.understanding.sizes import FLAGS

ACCESSION = re.compile(r"\bGSE\d{1,8}\b", FLAGS)
ONLY_ACCESSIONS = re.compile(r"(?:[\s,;]{0,3}\bGSE\d{1,8}\b){1,40}[\s,;.?!]{0,5}", FLAGS)
# Tried in this order.
ASKED = (
    ("compare", re.compile(r"\b(?:compar(?:e|ison)|contrast|differences?\s+between)\b", FLAGS)),
    ("count", re.compile(r"\b(?:how\s+many|(?:count|number)\s+(?:of\s+|all\s+|the\s+){0,3}"
                         r"(?:geo\s+)?(?:series|data|studies|experiments))", FLAGS)),
    ("summarize", re.compile(r"\b(?:summari[sz]e|summary|overview|tl;?dr)\b", FLAGS)),
)  # fmt: skip
SURE, ASKED_IN_WORDS, MENTIONED = 1.0, 0.8, 0.9
# A search is the default; how sure we are of it grows with how much of the question we know.
LEAST_SURE, KNOWN_WORDS_ADD = 0.5, 0.45


def accessions_in(text: str) -> tuple[str, ...]:
    """Return the GEO series accessions, in capitals, each once, in order."""
    return tuple(dict.fromkeys(match[0].upper() for match in ACCESSION.finditer(text)))


def read_intent(text: str, *, known: float) -> tuple[str, float]:
    """Return the intent and how sure we are, from 0 to 1.

    :param known: the share of the question's content words that belong to an entity, 0 to 1
    """
    if ONLY_ACCESSIONS.fullmatch(text.strip()):
        return "accession_lookup", SURE
    if ACCESSION.search(text):
        return "accession_lookup", MENTIONED
    for intent, pattern in ASKED:
        if pattern.search(text):
            return intent, ASKED_IN_WORDS
    return "search", round(LEAST_SURE + KNOWN_WORDS_ADD * known, 2)
