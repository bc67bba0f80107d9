"""The Mann-Whitney test: do two samples come from one distribution?"""

import math
from collections import Counter
from collections.abc import Sequence
from statistics import NormalDist


def mann_whitney(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the probability that samples of one distribution differ as much as these.

    Two-sided, by the normal approximation with corrections for ties and continuity: good from
    about twenty values each.
    """
    both = sorted([*one, *other])
    count, ties = len(both), Counter(both)
    rank: dict[float, float] = {}
    for place, value in enumerate(both, 1):
        rank.setdefault(value, place + (ties[value] - 1) / 2)
    u = sum(rank[value] for value in one) - len(one) * (len(one) + 1) / 2
    middle = len(one) * len(other) / 2
    tied = sum(many**3 - many for many in ties.values()) / (count * (count - 1))
    spread = math.sqrt(middle / 6 * (count + 1 - tied))
    if spread == 0:
        return 1.0
    return 2 * (1 - NormalDist().cdf(max(0.0, abs(u - middle) - 0.5) / spread))
