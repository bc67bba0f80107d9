"""Accounts and their tiers, out of the database."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection
from django.db.models import Count, Exists, FloatField, Func, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from accounts.models import Tier, User
from history.analytics.paying import Account, Accounts, Change, Newcomers, months_until
from history.analytics.ranges import Interval, end_of
from quotas.models import GoneAccount, TierChange, TierLimits

PAID = [tier for tier in Tier.values if tier != Tier.FREE]
# How many ever came before each of two moments, and went before the day that begins next: from sums of
# days, but for those that are not summed up yet.
EDGES = """
with open as (select coalesce(max(day) + 1, date '0001-01-01') as day from account_days), edges as (
    select moment, past, least(past, day) as gone_since,
        least((moment at time zone 'UTC')::date, day) as since
    from open, (values (%(start)s::timestamptz, %(first)s::date), (%(end)s, %(past)s)) as given (moment, past)
)
select
    (select coalesce(sum(registered), 0) from account_days where day < since)
    + (select count(*) from users
        where created_at >= since::timestamp at time zone 'UTC' and created_at < moment)
    + (select count(*) from gone_accounts where registered_on >= since and registered_on < past),
    (select coalesce(sum(gone), 0) from account_days where day < gone_since)
    + (select count(*) from gone_accounts where gone_on >= gone_since and gone_on < past)
from edges order by moment
"""
REGISTERED = """
with open as (
    select greatest(coalesce(max(day) + 1, date '0001-01-01'), %(start)s) as day from account_days
)
select day, sum(number) from (
    select day, registered as number from account_days where day >= %(start)s and day < %(end)s
    union all
    select (created_at at time zone 'UTC')::date, count(*) from users, open
    where created_at >= open.day::timestamp at time zone 'UTC'
        and created_at < %(end)s::timestamp at time zone 'UTC' group by 1
    union all
    select registered_on, count(*) from gone_accounts, open
    where registered_on >= open.day and registered_on < %(end)s group by 1
) as registered (day, number) group by day
"""


class MonthsUntil(Func):
    """What `paying.months_until` says of a column."""

    template = (
        "extract(year from %(expressions)s at time zone 'UTC') * 12"
        " + extract(month from %(expressions)s at time zone 'UTC')"
        " + extract(epoch from %(expressions)s - date_trunc('month', %(expressions)s, 'UTC'))::float8"
        " / extract(epoch from (date_trunc('month', %(expressions)s at time zone 'UTC')"
        " + interval '1 month') - date_trunc('month', %(expressions)s at time zone 'UTC'))"
    )
    output_field = FloatField()


@dataclass(frozen=True, slots=True)
class Census:
    """How many accounts there were just before a range and just before its end, and were made in it."""

    before: int
    after: int
    registered: int


Changes = Mapping[UUID, list[Change]]


def accounts_in(start: datetime, end: datetime) -> Accounts:
    """Return what is needed to say who was on which paid tier at any time of a range.

    Who stays on the free tier is left out: they are many, and nothing follows of them but their number.
    """
    changes = _changes_since(start)
    who = TierChange.objects.filter(at__gte=start, user__isnull=False).values("user")
    paying = User.objects.filter(tier__in=PAID).exclude(pk__in=who)
    steady = paying.filter(created_at__lt=start).order_by()
    return Accounts(
        changing=[
            *_present(User.objects.filter(pk__in=who), changes),
            *_gone(start, changes),
        ],
        steady=dict(steady.values_list("tier").annotate(Count("pk"))),
        newcomers=_newcomers(paying.filter(created_at__gte=start, created_at__lt=end), end),
    )


def census(start: datetime, end: datetime) -> Census:
    """Count accounts of whatever tier. Of those gone since, only the days are known: each as it began."""
    edges = {
        "start": start,
        "end": end,
        "first": _first_day_from(start),
        "past": _first_day_from(end),
    }
    with connection.cursor() as cursor:
        cursor.execute(EDGES, edges)
        (came, went), (came_at_end, gone_at_end) = cursor.fetchall()
    return Census(
        before=int(came - went),
        after=int(came_at_end - gone_at_end),
        registered=int(came_at_end - came),
    )


def registered_on(start: date, end: date) -> Counter[date]:
    """Count who registered on each of these days, whether they are still there or not."""
    with connection.cursor() as cursor:
        cursor.execute(REGISTERED, {"start": start, "end": end})
        return Counter({day: int(number) for day, number in cursor})


def prices() -> dict[str, Decimal | None]:
    """Return what each tier costs a month today."""
    priced = dict(TierLimits.objects.values_list("tier", "monthly_price"))
    return {tier: priced.get(tier) for tier in Tier.values}


def _changes_since(start: datetime) -> Changes:
    changes: dict[UUID, list[Change]] = defaultdict(list)
    rows = TierChange.objects.annotate(person=Coalesce("user_id", "gone")).filter(
        at__gte=start, person__isnull=False
    )
    for person, at, before, after in rows.order_by("at", "pk").values_list(
        "person", "at", "before", "after"
    ):
        changes[person].append(Change(at, before, after))
    return changes


def _present(users: QuerySet[User], changes: Changes) -> list[Account]:
    return [
        Account(tier, since=since, changes=changes.get(pk, ()))
        for pk, tier, since in users.values_list("pk", "tier", "created_at")
    ]


def _newcomers(users: QuerySet[User], end: datetime) -> dict[str, Newcomers]:
    made = (
        users.order_by()
        .values_list("tier")
        .annotate(number=Count("pk"), months=Sum(MonthsUntil("created_at")))
    )
    return {
        tier: Newcomers(number, number * months_until(end) - months)
        for tier, number, months in made
    }


def _gone(start: datetime, changes: Changes) -> list[Account]:
    changed = Exists(TierChange.objects.filter(gone=OuterRef("pk"), at__gte=start))
    paid = GoneAccount.objects.filter(changed | ~Q(tier=Tier.FREE))
    gone = paid.filter(gone_on__gte=start.date())
    return [
        Account(tier, since=_midnight(made), until=_midnight(left), changes=changes.get(pk, ()))
        for pk, tier, made, left in gone.values_list("pk", "tier", "registered_on", "gone_on")
    ]


def _first_day_from(moment: datetime) -> date:
    return end_of(moment, Interval.DAY).date()


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
