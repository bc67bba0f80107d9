"""Who was active, and who came: docs/analytics.md says what is counted."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, F, Q, Value
from django.db.models.expressions import Combinable, CombinedExpression
from django.db.models.functions import Coalesce, TruncDate
from django.db.models.lookups import GreaterThan

from accounts.models import User
from history.analytics.ranges import Interval, Range, begin_of, end_of, moved
from quotas.models import ActiveMonth, GoneAccount, SiteDay

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
        [Day(one, active.get(one.date(), 0), registered[one.date()]) for one in begins],
        in_range=_different(start, end),
        in_a_month=_different(end - MONTHLY, end),
    )


def _active(start: date, end: date) -> dict[date, int]:
    days = SiteDay.objects.filter(day__gte=start, day__lt=end)
    return dict(days.values_list("day", "active_users"))


def _registered(start: datetime, end: datetime) -> Counter[date]:
    made = User.objects.filter(created_at__gte=start, created_at__lt=end)
    gone = GoneAccount.objects.filter(registered_on__gte=start.date(), registered_on__lt=end.date())
    found = Counter(dict(made.values_list(TruncDate("created_at")).annotate(Count("pk"))))
    return found + Counter(dict(gone.values_list("registered_on").annotate(Count("pk"))))


def _different(start: datetime, end: datetime) -> int:
    """Return how many different people were active. Who is gone since is one person still."""
    within = Q(month=None)
    for month in Range.over(start, end, Interval.MONTH).begins():
        after = moved(month, Interval.MONTH, 1)
        within |= _active_on(max(start, month), min(end, after))
    months = ActiveMonth.objects.annotate(person=Coalesce("user_id", "gone")).filter(within)
    return months.values("person").distinct().count()


def _active_on(start: datetime, end: datetime) -> Q:
    """Return the condition that somebody was active on one of these days, which are of one month."""
    bits = (1 << (end - start).days) - 1 << start.day - 1
    days = CombinedExpression(F("days"), Combinable.BITAND, Value(bits))
    return Q(GreaterThan(days, 0), month=begin_of(start, Interval.MONTH).date())
