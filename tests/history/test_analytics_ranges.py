"""Stretches of time, from one moment up to another."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from history.analytics.ranges import Interval, Range, begin_of, end_of, moved, pieces

HOUR, DAY, MONTH = Interval.HOUR, Interval.DAY, Interval.MONTH
moments = st.datetimes(
    datetime(2000, 1, 1),  # noqa: DTZ001 (the time zone is given beside it)
    datetime(2099, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
intervals = st.sampled_from([*Interval])


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc]


@pytest.mark.parametrize(
    ("interval", "begin", "end"),
    [
        (HOUR, at(2026, 2, 28, 23), at(2026, 3, 1)),
        (DAY, at(2026, 2, 28), at(2026, 3, 1)),
        (MONTH, at(2026, 2, 1), at(2026, 3, 1)),
    ],
)
def test_a_range_is_widened_to_whole_intervals(
    interval: Interval, begin: datetime, end: datetime
) -> None:
    moment = at(2026, 2, 28, 23, 15, 7)

    asked = Range.over(moment, moment + timedelta(seconds=1), interval)

    assert (asked.start, asked.end, len(asked)) == (begin, end, 1)


def test_what_is_whole_already_stays_as_it_is() -> None:
    asked = Range.over(at(2026, 1, 1), at(2026, 3, 1), DAY)

    assert (asked.start, asked.end, len(asked)) == (at(2026, 1, 1), at(2026, 3, 1), 59)


def test_months_are_counted_over_the_turn_of_the_year() -> None:
    asked = Range.over(at(2025, 11, 5), at(2026, 2, 1), MONTH)

    assert list(asked.begins()) == [at(2025, 11, 1), at(2025, 12, 1), at(2026, 1, 1)]


@given(moments, intervals, st.integers(-30, 30))
def test_a_beginning_moved_there_and_back_is_the_same(
    moment: datetime, interval: Interval, by: int
) -> None:
    begin = begin_of(moment, interval)

    assert moved(moved(begin, interval, by), interval, -by) == begin
    assert begin_of(moved(begin, interval, by), interval) == moved(begin, interval, by)


@given(moments, st.integers(0, 10_000), st.sampled_from([(MONTH, HOUR), (MONTH, DAY, HOUR)]))
def test_pieces_of_a_range_are_whole_and_leave_nothing_out(
    moment: datetime, hours: int, sizes: tuple[Interval, ...]
) -> None:
    start = begin_of(moment, HOUR)
    end = start + timedelta(hours=hours)

    cut = pieces(start, end, sizes)

    edges = [start, *(one.end for one in cut)]
    assert [one.start for one in cut] == edges[:-1]
    assert edges[-1] == end
    assert all(begin_of(one.start, one.interval) == one.start < one.end for one in cut)
    assert all(end_of(one.end, one.interval) == one.end for one in cut)


def test_pieces_are_as_large_as_they_can_be() -> None:
    cut = pieces(at(2026, 1, 30, 22), at(2026, 4, 2, 1), (MONTH, DAY, HOUR))

    assert [(one.interval, len(one)) for one in cut] == [
        (HOUR, 2),
        (DAY, 1),
        (MONTH, 2),
        (DAY, 1),
        (HOUR, 1),
    ]
