"""Accounts and their tiers, out of the database."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from accounts.models import Tier, User
from history.analytics.paying import Account, Accounts, Change
from history.analytics.ranges import Interval, end_of
from quotas.models import GoneAccount, TierChange, TierLimits


@dataclass(frozen=True, slots=True)
class Census:
    """How many accounts there were just before a range and just before its end, and were made in it."""

    before: int
    after: int
    registered: int


Changes = Mapping[UUID, list[Change]]


def accounts_since(start: datetime) -> Accounts:
    """Return what is needed to say who was on which tier at any time since a moment.

    Who stays on the free tier is left out: they are many, and nothing follows of them but their number.
    """
    changes = _changes_since(start)
    paying = User.objects.exclude(tier=Tier.FREE)
    changed = Exists(TierChange.objects.filter(user=OuterRef("pk"), at__gte=start))
    moving = User.objects.filter(changed | Q(created_at__gte=start) & ~Q(tier=Tier.FREE))
    steady = paying.filter(~changed, created_at__lt=start)
    return Accounts(
        changing=[*_present(moving, changes), *_gone(start, changes)],
        steady=dict(steady.values_list("tier").annotate(Count("pk"))),
    )


def census(start: datetime, end: datetime) -> Census:
    """Count accounts of whatever tier. Of those gone since, only the days are known: each as it began."""
    first, past = _first_day_from(start), _first_day_from(end)
    present = User.objects.aggregate(
        before=Count("pk", filter=Q(created_at__lt=start)),
        after=Count("pk", filter=Q(created_at__lt=end)),
    )
    gone = GoneAccount.objects.aggregate(
        before=Count("pk", filter=Q(registered_on__lt=first, gone_on__gte=first)),
        after=Count("pk", filter=Q(registered_on__lt=past, gone_on__gte=past)),
        registered=Count("pk", filter=Q(registered_on__gte=first, registered_on__lt=past)),
    )
    return Census(
        before=present["before"] + gone["before"],
        after=present["after"] + gone["after"],
        registered=present["after"] - present["before"] + gone["registered"],
    )


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
