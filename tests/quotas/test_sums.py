"""The sums that analytics are told from: each agrees with the rows, whoever stores them and how often."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from quotas.durations import in_milliseconds
from quotas.models import (
    ActiveMonth,
    SiteDay,
    SiteHour,
    SiteSum,
    UsageDay,
    UsageDayKind,
    UsageHour,
    UsageMonth,
)
from quotas.runner import storing
from tests.factories import UserFactory
from tests.history.used import request, used

NOON = datetime(2025, 6, 15, 12, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "model", [UsageHour, UsageDay, UsageDayKind, UsageMonth, SiteHour, SiteSum]
)
def test_as_many_times_are_counted_as_requests(model: Any) -> None:
    for took in (3, 90, 91, 3, 5000):
        used(UserFactory.create(), NOON, execution_time_ms=took)
        used(User.objects.earliest("created_at"), NOON, NOON, execution_time_ms=took)

    for row in model.objects.all():
        assert sum(in_milliseconds(row.took).values()) == row.requests


@pytest.mark.django_db
def test_a_user_is_counted_once_among_the_active_of_a_day() -> None:
    one, other = UserFactory.create(), UserFactory.create()
    midnight = NOON.replace(hour=0)
    used(one, midnight - MOMENT, midnight, NOON)
    used(one, NOON)
    used(other, NOON)

    days = dict(SiteDay.objects.values_list("day", "active_users"))

    assert days == {date(2025, 6, 14): 1, date(2025, 6, 15): 2}


@pytest.mark.django_db
def test_the_days_on_which_somebody_was_active_are_kept_by_month() -> None:
    user = UserFactory.create()
    used(user, NOON.replace(day=1), NOON.replace(day=30), NOON.replace(month=7, day=31))
    used(user, NOON.replace(day=2), NOON.replace(day=1))

    months = dict(ActiveMonth.objects.values_list("month", "days"))

    assert months == {date(2025, 6, 1): 0b11 | 1 << 29, date(2025, 7, 1): 1 << 30}


@pytest.mark.django_db
def test_who_is_gone_stays_one_person_among_the_active() -> None:
    user = UserFactory.create()
    used(user, NOON, NOON.replace(month=7))

    user.delete()

    gone = set(ActiveMonth.objects.values_list("user", "gone"))
    assert len(gone) == 1
    assert gone.pop()[0] is None
    assert not UsageDay.objects.exists()
    assert not UsageMonth.objects.exists()
    assert UsageHour.objects.filter(user=None).count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_two_who_store_at_once_none_loses_what_the_other_counted() -> None:
    user, rounds = UserFactory.create(), 8
    storing.make_month(NOON)

    def store(_: int) -> None:
        for number in range(rounds):
            took = number * 10
            storing.store([request(user, NOON, execution_time_ms=took) for _ in range(5)])
        connection.close()

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(store, range(2)))

    day, whole = UsageDay.objects.get(), SiteSum.objects.get(grain="day", endpoint="")
    assert day.requests == whole.requests == 2 * rounds * 5
    assert in_milliseconds(day.took) == in_milliseconds(whole.took)
    assert set(in_milliseconds(day.took).values()) == {10}
    assert SiteDay.objects.get().active_users == 1
