"""Whether quality tells which series people could use: the arithmetic, without files."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

import numpy as np

from discovery.quality import WEIGHTS, Described, assess, judge

STEP = 0.05  # of weights, and the least of each
Weights = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Case:
    """A series, and whether somebody could use it."""

    accession: str
    series: Described
    is_usable: bool

    @property
    def is_for_fitting(self) -> bool:
        """Say in which half it is: all cases of one series are in the same."""
        return sha256(self.accession.encode()).digest()[0] % 2 == 0


def auc(cases: Sequence[Case], scores: Sequence[float | None]) -> float | None:
    """Return how often a usable case scores more than another, of the cases that have a score.

    0.5 is chance; None if there are not both kinds.
    """
    known = [(case, one) for case, one in zip(cases, scores, strict=True) if one is not None]
    good = np.array([score for case, score in known if case.is_usable])
    bad = np.array([score for case, score in known if not case.is_usable])
    if not len(good) or not len(bad):
        return None
    ahead = good[:, None] - bad[None, :]
    return float(np.mean(ahead > 0) + np.mean(ahead == 0) / 2)


def with_weights(cases: Sequence[Case], weights: Weights, *, at: date) -> float:
    """Return the AUC of the score with these weights."""
    return auc(cases, [assess(case.series, at=at, weights=weights).score for case in cases]) or 0.5


def of_dimension(cases: Sequence[Case], name: str, *, at: date) -> tuple[int, float | None]:
    """Return how many cases a dimension could judge, and its AUC on them alone."""
    scores = [judge(case.series, at=at)[name].score for case in cases]
    return sum(score is not None for score in scores), auc(cases, scores)


def fitted(
    cases: Sequence[Case], *, start: Weights = WEIGHTS, worth: Callable[[Weights], float]
) -> Weights:
    """Return the weights that are worth most on these cases: none below `STEP`, 1 in all.

    From the start on, `STEP` goes from one dimension to another as long as that helps.
    """
    best, most = dict(start), worth(start)
    while True:
        tried = [(worth(one), one) for one in _neighbours(best)]
        better, weights = max(tried, key=lambda pair: pair[0])
        if better <= most:
            return best
        best, most = weights, better


def _neighbours(weights: Weights) -> Iterator[dict[str, float]]:
    for giving in weights:
        for taking in weights:
            if giving != taking and weights[giving] > 1.5 * STEP:
                moved = {giving: -STEP, taking: STEP}
                yield {
                    name: round(value + moved.get(name, 0.0), 2) for name, value in weights.items()
                }
