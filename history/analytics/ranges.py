"""Stretches of time, from one moment up to another that is no longer part of them. All in UTC."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Interval(StrEnum):
    """How finely a range is told."""

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"


# How many of them an answer has at most, and how many it goes back if nobody says from when.
MOST = {Interval.HOUR: 744, Interval.DAY: 400, Interval.MONTH: 60}
USUAL = {Interval.HOUR: 24, Interval.DAY: 30, Interval.MONTH: 12}


def begin_of(moment: datetime, interval: Interval) -> datetime:
    """Return when the hour, day or month of a moment begins."""
    hour = moment.replace(minute=0, second=0, microsecond=0)
    if interval is Interval.HOUR:
        return hour
    day = hour.replace(hour=0)
    return day if interval is Interval.DAY else day.replace(day=1)


def end_of(moment: datetime, interval: Interval) -> datetime:
    """Return the first beginning of an hour, day or month that does not lie before the moment."""
    begin = begin_of(moment, interval)
    return begin if begin == moment else moved(begin, interval, 1)


def moved(begin: datetime, interval: Interval, by: int) -> datetime:
    """Return the beginning that comes so many intervals later, or earlier."""
    if interval is not Interval.MONTH:
        length = timedelta(hours=1) if interval is Interval.HOUR else timedelta(days=1)
        return begin + by * length
    months = begin.year * 12 + begin.month - 1 + by
    return begin.replace(year=months // 12, month=months % 12 + 1)


@dataclass(frozen=True, slots=True)
class Range:
    """Whole intervals."""

    interval: Interval
    start: datetime
    end: datetime

    @classmethod
    def over(cls, start: datetime, end: datetime, interval: Interval) -> "Range":
        """Return the intervals that have anything of this time."""
        return cls(interval, begin_of(start, interval), end_of(end, interval))

    def __len__(self) -> int:
        if self.interval is Interval.MONTH:
            years, months = self.end.year - self.start.year, self.end.month - self.start.month
            return years * 12 + months
        length = self.end - self.start
        return length // (timedelta(hours=1) if self.interval is Interval.HOUR else timedelta(1))

    def begins(self) -> Iterator[datetime]:
        """Return when each of the intervals begins."""
        if self.interval is Interval.MONTH:
            return (moved(self.start, self.interval, number) for number in range(len(self)))
        length = moved(self.start, self.interval, 1) - self.start
        return (self.start + number * length for number in range(len(self)))


def pieces(start: datetime, end: datetime, sizes: Sequence[Interval]) -> list[Range]:
    """Cut a range into pieces of which each is whole intervals of one size, few and large ones.

    :param sizes: the largest first; the last one must fit the edges
    """
    if start >= end:
        return []
    size, smaller = sizes[0], sizes[1:]
    first, last = end_of(start, size), begin_of(end, size)
    if not smaller:
        return [Range(size, start, end)]
    if first >= last:
        return pieces(start, end, smaller)
    middle = Range(size, first, last)
    return [*pieces(start, first, smaller), middle, *pieces(last, end, smaller)]
