"""One score out of two: how well the words match, and how close the meaning is."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Shares:
    """What each score counts for; they add up to 1."""

    lexical: float
    semantic: float


LEXICAL = Shares(1.0, 0.0)
SEMANTIC = Shares(0.0, 1.0)
# `docs/evaluation.md` has what other shares reach.
EQUAL = Shares(0.5, 0.5)
MOSTLY_LEXICAL = Shares(0.7, 0.3)
SENTENCE = 8  # lexemes: who writes a sentence quotes words; who names a topic may mean others


def hybrid_shares(*, lexemes: int) -> Shares:
    """Return what words and meaning count for in a question of so many lexemes."""
    return MOSTLY_LEXICAL if lexemes >= SENTENCE else EQUAL


def phrasings(topic: str, *, of_patients: bool) -> tuple[str, ...]:
    """Return the texts whose mean embedding stands for a topic.

    :param of_patients: whether it is a disease, and not one of animals: studies of those speak of
        patients, and what only mentions the disease does not
    """
    return (topic, f"gene expression in patients with {topic}") if of_patients else (topic,)


def fuse(
    *,
    lexical: NDArray[np.float64],
    semantic: NDArray[np.float64],
    ceiling: float,
    shares: Shares,
) -> NDArray[np.float64]:
    """Return a relevance from 0 to 1 for each candidate.

    :param lexical: BM25 scores, 0 to `ceiling`
    :param semantic: cosine similarities; NaN where a series has no embedding yet, which then
        counts as a middling one
    :param ceiling: the BM25 score that no series can pass for this question
    """
    words = lexical / ceiling if ceiling > 0 else np.zeros_like(lexical)
    known = semantic[np.isfinite(semantic)]
    middling = float(known.mean()) if known.size else 0.0
    meaning = np.clip(np.nan_to_num(semantic, nan=middling), 0.0, 1.0)
    return np.clip(shares.lexical * words + shares.semantic * meaning, 0.0, 1.0)
