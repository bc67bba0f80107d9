"""The sentences of a record that say most about it: relevance against repetition (MMR)."""

import re
from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from discovery.quality.described import BOILERPLATE, ELSEWHERE
from discovery.summaries.claims import accessions
from discovery.summaries.plain import is_plain
from discovery.summaries.sentences import Sentence, sentences_of

MOST_SENTENCES = 60  # are read, from the beginning: more cost more time than they tell
MOST_POINTS = 10
SHORTEST, LONGEST = 4, 1000  # words, characters: less is a heading, more is no sentence
MOST_TEXT = 20_000  # characters of a field; GEO's longest are near 12,000
# How much relevance counts against repeating what was chosen already.
RELEVANCE = 0.55
# A sentence that tells of findings is worth more, as is what stands early in its field.
FINDING, FINDING_BONUS, EARLY_BONUS = (
    re.compile(
        r"\b(?:we (?:show|found|find|identif\w+|demonstrat\w+|report|observ\w+|conclude|reveal\w*)"
        r"|results? (?:show|suggest|indicat|reveal|demonstrat)\w*|reveal(?:s|ed)|in conclusion"
        r"|our (?:results|findings|data)|these (?:results|findings|data)|aim(?:s|ed)? (?:to|of)"
        r"|was to|to (?:investigate|identify|determine|study|examine|characteri[sz]e))\b",
        re.IGNORECASE,
    ),
    0.08,
    0.05,
)
# What tells of the record, not of the study.
EMPTY = re.compile(
    r"(?:keywords?|contact|web ?link|citation|submitter|author\w*) ?[:=]|for more information"
    r"|(?:please )?(?:see|refer to) (?:the )?(?:attached|supplementary|publication|paper)"
    r"|\(?data not shown",
    re.IGNORECASE,
)


def candidates(
    *, title: str, summary: str, design: str | None, known: Collection[str]
) -> list[Sentence]:
    """Return the sentences that may be chosen: the title only if there are no others.

    What holds a link or markup may not, nor what names an accession that is not among the `known`.
    """
    told = [
        *sentences_of("summary", summary[:MOST_TEXT]),
        *sentences_of("overall_design", (design or "")[:MOST_TEXT]),
    ]
    good = [one for one in told if _tells(one) and _is_safe(one, known)]
    titles = sentences_of("title", title[:LONGEST])
    return good[:MOST_SENTENCES] or [one for one in titles if _is_safe(one, known)]


def ranked(
    sentences: Sequence[Sentence], vectors: NDArray[np.float32], topic: NDArray[np.float32]
) -> list[Sentence]:
    """Return the sentences, the one first that says most, then each that adds most to those before.

    :param vectors: the sentences' unit vectors, as rows
    :param topic: the unit vector of what the record is about
    """
    if not sentences:
        return []
    middle = vectors.mean(axis=0)
    middle /= max(float(np.linalg.norm(middle)), 1e-9)
    worth = 0.5 * (vectors @ topic) + 0.5 * (vectors @ middle) + _bonus(sentences)
    alike = vectors @ vectors.T
    chosen = [int(np.argmax(worth))]
    while len(chosen) < min(len(sentences), MOST_POINTS):
        repeated = alike[:, chosen].max(axis=1)
        gain = RELEVANCE * worth - (1 - RELEVANCE) * repeated
        gain[chosen] = -np.inf
        chosen.append(int(np.argmax(gain)))
    return [sentences[one] for one in chosen]


def _tells(sentence: Sentence) -> bool:
    text = sentence.plain
    return (
        len(text) <= LONGEST
        and len(text.split()) >= SHORTEST
        and not text.startswith(BOILERPLATE)
        and not ELSEWHERE.match(text)
        and not EMPTY.match(text)
    )


def _is_safe(sentence: Sentence, known: Collection[str]) -> bool:
    return is_plain(sentence.text) and accessions(sentence.text) <= set(known)


def _bonus(sentences: Sequence[Sentence]) -> NDArray[np.float64]:
    fields = [one.field for one in sentences]
    return np.array(
        [
            (FINDING_BONUS if FINDING.search(one.text) else 0.0)
            + (EARLY_BONUS if fields.index(one.field) == place else 0.0)
            for place, one in enumerate(sentences)
        ]
    )
