"""How long many requests took, in little room: how many of them fell into which bucket.

Buckets widen as times grow, so that the one number that stands for a bucket is off by `ERROR` at
most. What two such sums hold together is their buckets, added: of hours comes a day, exactly as
if the day had been counted itself.

They are stored as one whole number, with twelve decimal digits for each bucket: so adding numbers adds
buckets, which every database does quickly and exactly (docs/decisions/0030).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

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


DIGITS = 12  # of a bucket: a million million requests
# PostgreSQL sends numbers in digits of ten thousand, the highest first, after four words of two bytes.
_AT_ONCE = 10_000
_OF_A_BUCKET = DIGITS // 4
_HEAD = 8

Counts = NDArray[np.int64]


def counts_of(sent: Sequence[bytes | None]) -> Counts:
    """Return how many requests fell into which bucket: a row for each number, a column for each bucket.

    :param sent: numbers, as PostgreSQL's `numeric_send` writes them; None is nothing
    """
    digits = np.zeros((len(sent), len(LEAST) * _OF_A_BUCKET), np.int64)
    for row, number in zip(digits, sent, strict=True):
        if number and len(number) > _HEAD:
            highest = int.from_bytes(number[2:4])
            read = np.frombuffer(number, ">i2", offset=_HEAD)
            row[highest + 1 - len(read) : highest + 1] = read[::-1]
    worth = _AT_ONCE ** np.arange(_OF_A_BUCKET)
    return digits.reshape(len(sent), len(LEAST), _OF_A_BUCKET) @ worth


def in_milliseconds(took: int) -> dict[str, int]:
    """Return how many requests took about how many milliseconds, out of the number that is stored."""
    digits = str(took).zfill(DIGITS * len(TYPICAL))
    counts = (int(digits[start : start + DIGITS]) for start in range(0, len(digits), DIGITS))
    return {
        str(milliseconds): count
        for milliseconds, count in zip(TYPICAL, reversed([*counts]), strict=True)
        if count
    }


def percentiles(counts: Counts, share: int) -> list[int | None]:
    """Return for each row the least milliseconds that so many percent did not exceed.

    Each is off by `ERROR` at most; without any request there is none.
    """
    sums = counts.cumsum(axis=1)
    ranks = -(-sums[:, -1:] * share // 100)
    buckets = (sums < ranks).sum(axis=1)
    return [
        TYPICAL[bucket] if number else None
        for bucket, number in zip(buckets.tolist(), sums[:, -1].tolist(), strict=True)
    ]
