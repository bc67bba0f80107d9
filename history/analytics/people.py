"""Who was active, and who came: docs/analytics.md says what is counted."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet
from django.db.models.functions import TruncDate

from accounts.models import User
from history.analytics.ranges import Interval, Range, begin_of, end_of
from quotas.models import GoneAccount, UsageDay

MONTHLY = timedelta(days=30)
ONE_DAY = timedelta(days=1)


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
    active, registered = _active(start.date(), end.date()), _registered(start, end)
    begins = [start + number * ONE_DAY for number in range((end - start).days)]
    return People(
        [Day(one, active[one.date()], registered[one.date()]) for one in begins],
        in_range=_different(start.date(), end.date()),
        in_a_month=_different((end - MONTHLY).date(), end.date()),
    )


def _active(start: date, end: date) -> Counter[date]:
    by_day = _days(start, end).values_list("day").annotate(Count("pk"))
    return Counter(dict(by_day))


def _registered(start: datetime, end: datetime) -> Counter[date]:
    made = User.objects.filter(created_at__gte=start, created_at__lt=end)
    gone = GoneAccount.objects.filter(registered_on__gte=start.date(), registered_on__lt=end.date())
    found = Counter(dict(made.values_list(TruncDate("created_at")).annotate(Count("pk"))))
    return found + Counter(dict(gone.values_list("registered_on").annotate(Count("pk"))))


def _different(start: date, end: date) -> int:
    """Return how many different people were active. Who is gone since is one person still."""
    days = _days(start, end)
    present = User.objects.filter(Exists(days.filter(user=OuterRef("pk")))).count()
    return present + days.filter(gone__isnull=False).values("gone").distinct().count()


def _days(start: date, end: date) -> QuerySet[Any]:
    return UsageDay.objects.filter(day__gte=start, day__lt=end)
