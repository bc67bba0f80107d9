"""How long requests took, in buckets: the promise is a percentile that is off by 5 % at most."""

import math
from bisect import bisect_right
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from quotas.durations import ERROR, LEAST, LONGEST, TYPICAL, Durations

SHARES = (1, 50, 95, 99, 100)
times = st.one_of(st.integers(0, 200), st.integers(0, 60_000), st.integers(0, LONGEST))


def sums_of(milliseconds: list[int]) -> Durations:
    buckets = Counter(bisect_right(LEAST, took) - 1 for took in milliseconds)
    sums = Durations()
    sums.add(list(buckets), list(buckets.values()))
    return sums


def exact(milliseconds: list[int], share: int) -> int:
    return sorted(milliseconds)[math.ceil(len(milliseconds) * share / 100) - 1]


@given(st.lists(times, min_size=1, max_size=200))
def test_a_percentile_is_off_by_the_stated_error_at_most(took: list[int]) -> None:
    told = sums_of(took).percentiles(SHARES)

    for share, found in zip(SHARES, told, strict=True):
        assert found is not None
        assert abs(found - exact(took, share)) <= ERROR * exact(took, share)


@given(st.lists(times, max_size=50), st.lists(times, max_size=50))
def test_merged_sums_tell_what_the_sums_of_all_would(some: list[int], others: list[int]) -> None:
    merged = sums_of(some)
    merged.merge(sums_of(others))

    assert merged.percentiles(SHARES) == sums_of(some + others).percentiles(SHARES)


def test_times_below_nineteen_milliseconds_are_told_exactly() -> None:
    assert [sums_of([took]).percentiles([50]) for took in range(20)] == [
        [took] for took in range(20)
    ]


def test_of_nothing_there_is_no_percentile() -> None:
    assert Durations().percentiles((50, 95)) == [None, None]


def test_buckets_leave_no_time_out_and_none_is_in_two() -> None:
    assert LEAST[0] == 0
    assert all(least <= typical for least, typical in zip(LEAST, TYPICAL, strict=True))
    assert all(typical < after for typical, after in zip(TYPICAL, LEAST[1:], strict=False))
    assert len(LEAST) == len(set(LEAST)) < 2**15
