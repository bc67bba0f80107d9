"""How long many requests took, in little room: how many of them fell into which bucket.

Buckets widen as times grow, so that the one number that stands for a bucket is off by `ERROR` at
most. What two such sums hold together is their buckets, added: of hours comes a day, exactly as
if the day had been counted itself.
"""

from bisect import bisect_left
from collections.abc import Iterable
from itertools import accumulate

ERROR = 0.05  # of a percentile, at most: docs/decisions/0019
_PERCENT = 5
LONGEST = 2**31 - 1  # milliseconds: the largest that the column takes


def _buckets() -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the least time of each bucket, and the one that stands for all in it."""
    least, typical = [], []
    low = 0
    while low <= LONGEST:
        middle = low * (100 + _PERCENT) // 100
        least.append(low)
        typical.append(middle)
        low = middle * 100 // (100 - _PERCENT) + 1
    return tuple(least), tuple(typical)


LEAST, TYPICAL = _buckets()


class Durations:
    """How many requests took how long."""

    def __init__(self) -> None:
        self._counts: dict[int, int] = {}

    def add(self, buckets: Iterable[int], counts: Iterable[int]) -> None:
        """Add what is stored of some requests."""
        own = self._counts
        for bucket, count in zip(buckets, counts, strict=True):
            own[bucket] = own.get(bucket, 0) + count

    def merge(self, others: "Durations") -> None:
        theirs = others._counts  # noqa: SLF001 (another of the same kind)
        self.add(theirs.keys(), theirs.values())

    def percentiles(self, shares: Iterable[int]) -> list[int | None]:
        """Return for each share the least milliseconds that so many percent did not exceed.

        Each is off by `ERROR` at most; without any request there is none.
        """
        buckets = sorted(self._counts)
        sums = list(accumulate(self._counts[bucket] for bucket in buckets))
        if not sums:
            return [None for _ in shares]
        ranks = (-(-sums[-1] * share // 100) for share in shares)
        return [TYPICAL[buckets[bisect_left(sums, rank)]] for rank in ranks]
