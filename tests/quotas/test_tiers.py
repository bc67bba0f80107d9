"""What tiers include, and what is kept of changes."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.utils import timezone

from accounts.services import staff
from quotas import seed
from quotas.limits import DAY, HOUR, SECOND, Rule
from quotas.models import Override, TierChange, TierLimits
from quotas.services import effective
from quotas.tiers import Limits
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.mark.parametrize(
    ("tier", "limits", "price"),
    [
        ("free", Limits(100, 1_000, 5, 100, ai=False), Decimal(0)),
        ("pro", Limits(1_000, 10_000, 20, 1_000, ai=True), Decimal(29)),
        ("enterprise", Limits(None, None, 100, 10_000, ai=True), None),
    ],
)
def test_the_tiers_are_those_of_the_plan(tier: str, limits: Limits, price: Decimal | None) -> None:
    row = TierLimits.objects.get(tier=tier)

    assert (row.limits, row.monthly_price) == (limits, price)


def test_what_staff_have_edited_stays_when_missing_tiers_are_added() -> None:
    TierLimits.objects.filter(tier="free").update(hour=7)
    TierLimits.objects.filter(tier="pro").delete()

    seed.add_missing_tiers(apps=apps, using="default")

    assert TierLimits.objects.get(tier="free").hour == 7
    assert TierLimits.objects.get(tier="pro").hour == 1_000


def test_the_hour_and_the_day_are_counted_even_without_a_limit() -> None:
    assert Limits(None, None, 1, 1, ai=True).rules() == [Rule(HOUR, None), Rule(DAY, None)]


def test_a_burst_rule_is_there_only_if_the_tier_has_one() -> None:
    limits = Limits(100, 1_000, 5, 100, ai=False, burst=3)

    assert limits.rules()[-1] == Rule(SECOND, 3)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"hour": 5}, Limits(5, 1_000, 5, 100, ai=False)),
        ({"hour": None, "day": 3}, Limits(None, 3, 5, 100, ai=False)),
        ({"ai": True}, Limits(100, 1_000, 5, 100, ai=True)),
        ({"ai": None}, Limits(100, 1_000, 5, 100, ai=True)),
    ],
)
def test_an_override_changes_what_it_names_and_nothing_else(
    values: dict[str, Any], expected: Limits
) -> None:
    user = UserFactory.create()
    Override.objects.create(user=user, values=values, reason="a course")

    assert effective.limits_of(user, at=NOW)[0] == expected


def test_an_override_ends_by_itself() -> None:
    user = UserFactory.create()
    end = NOW + timedelta(hours=1)
    Override.objects.create(user=user, values={"hour": 5}, reason="a course", expires_at=end)

    assert effective.limits_of(user, at=end - timedelta(seconds=1))[0].hour == 5
    assert effective.limits_of(user, at=end)[0].hour == 100


def test_a_change_of_tier_is_kept_with_before_and_after() -> None:
    user, admin = UserFactory.create(), UserFactory.create(is_staff=True, is_superuser=True)

    staff.change_user(user_id=user.pk, changes={"tier": "pro"}, actor=admin, at=NOW)
    staff.change_user(user_id=user.pk, changes={"tier": "pro"}, actor=admin, at=NOW)
    staff.change_user(user_id=user.pk, changes={"is_active": False}, actor=admin, at=NOW)

    assert list(TierChange.objects.values_list("user", "before", "after", "at")) == [
        (user.pk, "free", "pro", NOW)
    ]


def test_a_change_of_tier_outlives_the_account() -> None:
    user, admin = UserFactory.create(), UserFactory.create(is_staff=True, is_superuser=True)
    staff.change_user(user_id=user.pk, changes={"tier": "pro"}, actor=admin, at=NOW)

    user.delete()

    assert TierChange.objects.get().user is None
