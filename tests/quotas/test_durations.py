"""How long requests took, in buckets: the promise is a percentile that is off by 5 % at most."""

import math
import struct
from bisect import bisect_right
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from quotas.durations import DIGITS, ERROR, LEAST, LONGEST, TYPICAL, counts_of, in_milliseconds
from quotas.durations import percentiles as percentiles_of

SHARES = (1, 50, 95, 99, 100)
times = st.one_of(st.integers(0, 200), st.integers(0, 60_000), st.integers(0, LONGEST))


def number_of(milliseconds: list[int]) -> int:
    """Return the number that is stored of some requests."""
    return sum(10 ** (DIGITS * (bisect_right(LEAST, took) - 1)) for took in milliseconds)


def sent(number: int) -> bytes:
    """Return a number as PostgreSQL sends it: digits of ten thousand, without zeros at the ends."""
    digits = []
    while number:
        number, digit = divmod(number, 10_000)
        digits.append(digit)
    highest = len(digits) - 1 if digits else 0
    while digits and digits[0] == 0:
        digits.pop(0)
    return struct.pack(f">hhHH{len(digits)}h", len(digits), highest, 0, 0, *reversed(digits))


def percentiles(milliseconds: list[int], shares: Sequence[int] = SHARES) -> list[int | None]:
    counts = counts_of([sent(number_of(milliseconds))])
    return [percentiles_of(counts, share)[0] for share in shares]


def exact(milliseconds: list[int], share: int) -> int:
    return sorted(milliseconds)[math.ceil(len(milliseconds) * share / 100) - 1]


@given(st.lists(times, min_size=1, max_size=200))
def test_a_percentile_is_off_by_the_stated_error_at_most(took: list[int]) -> None:
    for share, found in zip(SHARES, percentiles(took), strict=True):
        assert found is not None
        assert abs(found - exact(took, share)) <= ERROR * exact(took, share)


@given(st.lists(st.tuples(st.integers(0, len(LEAST) - 1), st.integers(1, 10**DIGITS - 1))))
def test_of_a_number_each_bucket_is_read(filled: list[tuple[int, int]]) -> None:
    buckets = dict(filled)
    number = sum(count * 10 ** (DIGITS * bucket) for bucket, count in buckets.items())

    (counts,) = counts_of([sent(number)]).tolist()

    assert {bucket: count for bucket, count in enumerate(counts) if count} == buckets
    assert in_milliseconds(number) == {
        str(TYPICAL[bucket]): buckets[bucket] for bucket in sorted(buckets)
    }


def test_times_below_nineteen_milliseconds_are_told_exactly() -> None:
    assert [percentiles([took], [50]) for took in range(20)] == [[took] for took in range(20)]


def test_of_nothing_there_is_no_percentile() -> None:
    assert percentiles([], (50, 95)) == [None, None]
    assert percentiles_of(counts_of([None]), 50) == [None]


def test_buckets_leave_no_time_out_and_none_is_in_two() -> None:
    assert LEAST[0] == 0
    assert all(least <= typical for least, typical in zip(LEAST, TYPICAL, strict=True))
    assert all(typical < after for typical, after in zip(TYPICAL, LEAST[1:], strict=False))
    assert len(LEAST) == len(set(LEAST)) < 2**15
