"""Months come before they are needed and go when nobody keeps them; each tier keeps as long as it says."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import LazySettings
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from accounts.models import Tier, User
from common.ids import uuid7
from history import tasks
from history.models import QueryHistory
from history.runner import housekeeping, keeping
from tests.factories import UserFactory
from tests.history.conftest import asked, written

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
NOW = timezone.now()


def months() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid"
            " where i.inhparent = 'query_history'::regclass order by 1"
        )
        return [name for (name,) in cursor.fetchall()]


@pytest.fixture(autouse=True)
def _kept(settings: LazySettings) -> None:
    settings.HISTORY_KEPT_DAYS = {"free": 90, "pro": 365, "enterprise": 1095}


def test_months_are_made_ahead() -> None:
    with connection.cursor() as cursor:
        cursor.execute("drop table if exists " + ", ".join(months()))

    housekeeping.turn_months(at=NOW)

    ahead = [NOW.year * 12 + NOW.month - 1 + number for number in range(3)]
    assert months() == [f"query_history_{one // 12}_{one % 12 + 1:02}" for one in ahead]


def test_a_month_goes_when_the_longest_tier_keeps_it_no_longer(ada: User) -> None:
    longest = NOW - 1095 * DAY
    for moment in (longest - 62 * DAY, longest):
        asked(ada, created_at=moment)

    assert housekeeping.turn_months(at=NOW) > 0

    assert months()[0] == f"query_history_{longest:%Y_%m}"
    assert QueryHistory.objects.count() == 1


@pytest.mark.parametrize(("tier", "days"), [("free", 90), ("pro", 365), ("enterprise", 1095)])
def test_each_tier_keeps_as_long_as_it_says(tier: str, days: int) -> None:
    user = UserFactory.create(tier=tier)
    asked(user, "gone", created_at=NOW - (days + 1) * DAY)
    asked(user, "kept", created_at=NOW - (days - 1) * DAY)

    housekeeping.forget_old(at=NOW)

    assert QueryHistory.objects.get().query_text == "kept"


def test_a_tier_without_a_number_keeps_as_long_as_the_longest(
    ada: User, settings: LazySettings
) -> None:
    settings.HISTORY_KEPT_DAYS = {"free": 90, "enterprise": 1095}
    asked(ada, created_at=NOW - 1094 * DAY)

    assert housekeeping.forget_old(at=NOW) == 0


def test_what_is_old_is_deleted_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "BATCH", 2)
    monkeypatch.setattr(housekeeping, "USERS", 1)
    for _ in range(2):
        user = UserFactory.create(tier=Tier.FREE)
        for ago in (100, 101, 102, 130, 131):
            asked(user, created_at=NOW - ago * DAY)

    assert housekeeping.forget_old(at=NOW) == 10


def test_the_tasks_run_three_times_as_once(ada: User) -> None:
    asked(ada, "old", created_at=NOW - 366 * DAY)
    asked(ada, "new")

    for _ in range(3):
        tasks.turn_months()
        tasks.forget_old()

    assert QueryHistory.objects.get().query_text == "new"


def test_the_present_month_cannot_be_dropped() -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        keeping.drop_before(NOW + 62 * DAY)


def test_the_applications_own_role_makes_and_fills_months_and_alters_nothing(ada: User) -> None:
    moment, one = datetime(2031, 3, 1, tzinfo=UTC), uuid7()
    with connection.cursor() as cursor:
        cursor.execute("set local role omicsoracle_app")

    keeping.keep([written(ada, created_at=moment, id=one)], new=[one])

    assert "query_history_2031_03" in months()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("drop table query_history_2031_03")
