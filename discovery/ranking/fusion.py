"""One score out of two: how well the words match, and how close the meaning is."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Shares:
    """What each score counts for; they add up to 1."""

    lexical: float
    semantic: float


# `docs/evaluation.md` has what other shares reach.
SHARES: Mapping[str, Shares] = {
    "hybrid": Shares(0.5, 0.5),
    "lexical": Shares(1.0, 0.0),
    "semantic": Shares(0.0, 1.0),
}


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
