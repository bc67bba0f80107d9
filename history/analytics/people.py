"""Who was active, and who came: docs/analytics.md says what is counted."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection

from history.analytics import accounts
from history.analytics.ranges import Interval, Range, begin_of, end_of
from quotas.models import SiteDay

MONTHLY = timedelta(days=30)
ONE_DAY = timedelta(days=1)
DAYS = 31  # of a month, at most
# Of the first and the last month some days count, of those between them all.
_WAS = """bool_or(case month
            when %({0}_first)s then days & %({0}_first_days)s > 0
            when %({0}_last)s then days & %({0}_last_days)s > 0
            else month > %({0}_first)s and month < %({0}_last)s
        end)"""
DIFFERENT = f"""
select count(*) filter (where was_in_range), count(*) filter (where was_in_a_month)
from (
    select {_WAS.format("range")} as was_in_range, {_WAS.format("month")} as was_in_a_month
    from active_months
    where month >= least(%(range_first)s, %(month_first)s)
        and month <= greatest(%(range_last)s, %(month_last)s)
    group by coalesce(user_id, gone)
) as people
"""  # noqa: S608 (nothing of anybody is in it)


@dataclass(frozen=True, slots=True)
class Day:
    """One day (UTC)."""

    at: datetime
    active_users: int
    registrations: int


@dataclass(frozen=True, slots=True)
class People:
    """Who was there in the days of a range that have begun."""

    days: list[Day]
    in_range: int
    in_a_month: int  # the 30 days that end with the last one

    @property
    def on_the_last_day(self) -> int:
        return self.days[-1].active_users if self.days else 0

    @property
    def on_a_day(self) -> float | None:
        """Return the mean over the days."""
        if not self.days:
            return None
        return round(sum(day.active_users for day in self.days) / len(self.days), 2)


def people_in(asked: Range, *, at: datetime) -> People:
    """Count who was active on the days of a range, and who registered.

    :param at: the present: no day after it counts
    """
    start, end = begin_of(asked.start, Interval.DAY), end_of(asked.end, Interval.DAY)
    end = max(start, min(end, begin_of(at, Interval.DAY) + ONE_DAY))
    active = _active(start.date(), end.date())
    registered = accounts.registered_on(start.date(), end.date())
    begins = [start + number * ONE_DAY for number in range((end - start).days)]
    in_range, in_a_month = _different(start.date(), end.date())
    return People(
        [Day(one, active.get(one.date(), 0), registered[one.date()]) for one in begins],
        in_range=in_range,
        in_a_month=in_a_month,
    )


def _active(start: date, end: date) -> dict[date, int]:
    days = SiteDay.objects.filter(day__gte=start, day__lt=end)
    return dict(days.values_list("day", "active_users"))


def _different(start: date, end: date) -> tuple[int, int]:
    """Return how many different people were active in a range, and in the month up to its end.

    Who is gone since is one person still.
    """
    with connection.cursor() as cursor:
        cursor.execute(DIFFERENT, _edges("range", start, end) | _edges("month", end - MONTHLY, end))
        in_range, in_a_month = cursor.fetchone()
    return in_range, in_a_month


def _edges(name: str, start: date, end: date) -> dict[str, date | int]:
    """Return the first and the last month of a range, and which of their days are in it, as bits."""
    last = max(start, end - ONE_DAY)
    until = 1 << (end - last.replace(day=1)).days
    whole = until if last.month == start.month and last.year == start.year else 1 << DAYS
    return {
        f"{name}_first": start.replace(day=1),
        f"{name}_first_days": max(0, whole - (1 << start.day - 1)),
        f"{name}_last": last.replace(day=1),
        f"{name}_last_days": until - 1,
    }
