"""Times of any number of answers, in the room of some hundred counts."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping

from tests.performance.requests.summary import SHARES, Latency

LEAST, STEP = 0.1, 1.02  # milliseconds; a bound is 2 % above the one before
_STEP = math.log(STEP)


class Histogram:
    """Milliseconds, told no more than 2 % too long."""

    def __init__(self, counts: Mapping[int, int] | None = None) -> None:
        self.counts = Counter(counts or {})

    @classmethod
    def from_json(cls, read: Mapping[str, int]) -> "Histogram":
        return cls({int(place): count for place, count in read.items()})

    @classmethod
    def joint(cls, several: Iterable["Histogram"]) -> "Histogram":
        """Return one of all values that are in several."""
        made = cls()
        for one in several:
            made.counts.update(one.counts)
        return made

    def add(self, milliseconds: float) -> None:
        place = math.ceil(math.log(milliseconds / LEAST) / _STEP) if milliseconds > LEAST else 0
        self.counts[place] += 1

    @property
    def total(self) -> int:
        return self.counts.total()

    def percentile(self, share: float) -> float | None:
        """Return what so many percent do not exceed; None of no values."""
        left = max(1, math.ceil(self.total * share / 100))
        for place in sorted(self.counts):
            left -= self.counts[place]
            if left <= 0:
                return LEAST * STEP**place
        return None

    def latency(self) -> Latency:
        return Latency(*(self.percentile(share) for share in SHARES))
