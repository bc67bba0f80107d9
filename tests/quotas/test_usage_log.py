"""From the stream into the database: everything once, whatever dies in between."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from accounts.models import User
from common.ids import uuid7
from quotas import limiter, tasks
from quotas.events import UsageEvent
from quotas.models import SiteHour, UsageDay, UsageHour, UsageLog
from quotas.runner import consuming, housekeeping, storing
from quotas.services.ring import Ring, note
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def user() -> User:
    return UserFactory.create()


def event(user: User, **changed: Any) -> UsageEvent:
    made = UsageEvent(
        id=uuid7(),
        user_id=user.pk,
        api_key_id=None,
        endpoint="/api/v2/datasets",
        method="GET",
        status_code=200,
        execution_time_ms=7,
        cost=1,
        created_at=NOW,
    )
    return replace(made, **changed)


def send(*events: UsageEvent) -> None:
    for one in events:
        limiter.add_event(one.dumps())


def test_an_event_reads_as_it_was_written(user: User) -> None:
    one = event(user, api_key_id=uuid7())

    assert UsageEvent.loads(one.dumps()) == one


@pytest.mark.parametrize("rider", [None, b'{"query_text":"liver"}'])
def test_what_rides_in_an_event_reads_as_it_was_written(user: User, rider: bytes | None) -> None:
    one = event(user, rider=rider)

    assert UsageEvent.loads(one.dumps()) == one


@pytest.mark.parametrize("rider", [b'{"query_text":"\\u0000"}', b'["no rider"]'])
def test_what_cannot_be_stored_does_not_ride(user: User, rider: bytes) -> None:
    assert UsageEvent.loads(event(user, rider=rider).dumps()).rider is None


def test_what_is_in_the_stream_becomes_rows(user: User, counting: redis.Redis) -> None:
    send(event(user), event(user, status_code=404))

    assert consuming.consume(at=NOW) == 2

    row = UsageLog.objects.get(status_code=404)
    assert (row.user, row.endpoint, row.method) == (user, "/api/v2/datasets", "GET")
    assert (row.execution_time_ms, row.cost, row.created_at) == (7, 1, NOW)


def test_what_is_stored_is_in_the_stream_no_longer(user: User, counting: redis.Redis) -> None:
    send(event(user))

    consuming.consume(at=NOW)

    assert counting.xlen(limiter.STREAM) == 0
    assert counting.xpending(limiter.STREAM, consuming.GROUP)["pending"] == 0


def test_more_than_one_batch_is_stored_in_one_run(
    user: User, counting: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consuming, "BATCH", 10)
    send(*(event(user) for _ in range(35)))

    assert consuming.consume(at=NOW) == 35


class Killed(BaseException):
    """What nobody catches, as a process that dies catches nothing."""


@pytest.fixture
def killed_before_the_acknowledgement(monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(consuming, "_acknowledge", die)
        with pytest.raises(Killed):
            consuming.consume(at=NOW)
    monkeypatch.setattr(consuming, "CLAIM_AFTER_MS", 0)


@pytest.fixture
def five_sent(user: User, counting: redis.Redis) -> None:
    send(*(event(user) for _ in range(5)))


@pytest.mark.usefixtures("five_sent", "killed_before_the_acknowledgement")
def test_a_consumer_killed_between_commit_and_acknowledgement_doubles_nothing(
    counting: redis.Redis, user: User
) -> None:
    assert UsageLog.objects.count() == 5
    send(event(user))

    assert consuming.consume(at=NOW) == 1

    assert UsageLog.objects.count() == 6
    assert UsageHour.objects.get().requests == 6
    assert counting.xlen(limiter.STREAM) == 0


def test_what_could_not_be_stored_waits_for_the_next_run(
    user: User, counting: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(event(user))
    monkeypatch.setattr(consuming, "CLAIM_AFTER_MS", 0)
    with monkeypatch.context() as patched:
        patched.setattr(storing, "STORE", "select nonsense, %s")
        with pytest.raises(DatabaseError), transaction.atomic():
            consuming.consume(at=NOW)

    assert consuming.consume(at=NOW) == 1


def test_what_is_no_event_keeps_nothing_else_back(user: User, counting: redis.Redis) -> None:
    limiter.add_event(b"no event")
    counting.xadd(limiter.STREAM, {"x": "y"})
    limiter.add_event(b"{}")
    send(event(user))

    assert consuming.consume(at=NOW) == 1
    assert counting.xlen(limiter.STREAM) == 0


def test_hours_are_summed_as_rows_come(user: User) -> None:
    hour = NOW.replace(minute=0, second=0, microsecond=0)
    storing.store([event(user), event(user, cost=4)])
    storing.store([event(user), event(user, created_at=hour - timedelta(minutes=1))])

    sums = UsageHour.objects.order_by("hour").values_list("hour", "requests", "cost", "total_ms")

    assert list(sums) == [(hour - timedelta(hours=1), 1, 1, 7), (hour, 3, 6, 21)]


def test_days_of_a_user_are_summed_as_rows_come(user: User) -> None:
    midnight = NOW.replace(hour=0, minute=0, second=0, microsecond=0)
    storing.store([event(user), event(user, cost=4)])
    storing.store([event(user), event(user, created_at=midnight - timedelta(microseconds=1))])

    sums = UsageDay.objects.order_by("day").values_list("user", "day", "requests", "cost")

    today = midnight.date()
    yesterday = today - timedelta(days=1)
    assert list(sums) == [(user.pk, yesterday, 1, 1), (user.pk, today, 3, 6)]


def test_hours_of_the_site_are_summed_over_all_users(user: User) -> None:
    hour = NOW.replace(minute=0, second=0, microsecond=0)
    storing.store([event(user), event(UserFactory.create(), cost=4)])
    storing.store([event(user), event(user, status_code=404)])

    sums = SiteHour.objects.order_by("status_code").values_list(
        "hour", "status_code", "requests", "cost", "total_ms"
    )

    assert list(sums) == [(hour, 200, 3, 6, 21), (hour, 404, 1, 1, 7)]


def test_a_row_that_comes_twice_is_summed_once(user: User) -> None:
    one = event(user)

    assert storing.store([one, one]) == 1
    assert storing.store([one]) == 0
    counted = [UsageHour.objects.get(), UsageDay.objects.get(), SiteHour.objects.get()]
    assert [sums.requests for sums in counted] == [1, 1, 1]


def test_usage_of_who_was_erased_stays_without_the_person(user: User) -> None:
    storing.store([event(user)])
    late = event(user)

    user.delete()
    storing.store([late])

    assert list(UsageLog.objects.values_list("user", flat=True)) == [None, None]


# --- Months -------------------------------------------------------------------------------------


def months() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select inhrelid::regclass::text from pg_inherits"
            " where inhparent = 'usage_logs'::regclass"
        )
        return {row[0] for row in cursor}


def test_a_row_of_any_month_finds_its_partition(user: User) -> None:
    storing.store([event(user, created_at=datetime(2031, 2, 28, 23, 59, tzinfo=UTC))])

    assert "usage_logs_2031_02" in months()


def test_the_next_month_is_there_before_it_comes() -> None:
    housekeeping.turn_months(at=datetime(2021, 1, 31, 12, tzinfo=UTC))

    assert {"usage_logs_2021_01", "usage_logs_2021_02"} <= months()


def test_months_that_are_kept_no_longer_go_with_their_sums(user: User, settings: Any) -> None:
    settings.USAGE_KEPT_MONTHS = 2
    at = datetime(2021, 3, 15, tzinfo=UTC)
    for month in (12, 1, 2):
        year = 2020 if month == 12 else 2021
        storing.store([event(user, created_at=datetime(year, month, 2, tzinfo=UTC))])

    gone = housekeeping.turn_months(at=at)

    assert gone == {
        "months": 1,
        "hours": 1,
        "days": 1,
        "kinds in days": 1,
        "sums of months": 1,
        "active months": 1,
        "hours of the site": 1,
        "sums of the site": 5,  # the hour, the day and the month, these two of one kind of call too
    }
    assert "usage_logs_2020_12" not in months()
    assert UsageLog.objects.count() == UsageHour.objects.count() == 2


def test_the_last_month_cannot_be_dropped_by_anybody() -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        storing.drop_before(timezone.now())


# --- The ring -----------------------------------------------------------------------------------


def test_events_that_valkey_does_not_take_are_stored_directly(user: User) -> None:
    ring = Ring(every=86_400)
    ring.add(event(user))

    assert ring.flush() == 1
    assert UsageLog.objects.count() == 1
    assert len(ring) == 0


def test_what_the_database_does_not_take_is_kept(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring = Ring(every=86_400)
    ring.add(event(user))
    with monkeypatch.context() as patched:
        patched.setattr(storing, "STORE", "select nonsense, %s")
        with transaction.atomic():
            assert ring.flush() == 0

    assert len(ring) == 1
    assert ring.flush() == 1


def test_of_too_many_events_the_oldest_are_lost_and_counted(user: User) -> None:
    ring = Ring(every=86_400)
    one = event(user)

    for _ in range(5_003):
        ring.add(one)

    assert (len(ring), ring.lost) == (5_000, 3)


def test_an_event_goes_into_the_stream_while_valkey_is_there(
    user: User, counting: redis.Redis
) -> None:
    note(event(user), is_valkey_away=False)

    assert counting.xlen(limiter.STREAM) == 1


def test_the_tasks_do_what_beat_asks_for(user: User, counting: redis.Redis) -> None:
    send(event(user))

    tasks.consume_usage()
    tasks.turn_months()

    assert UsageLog.objects.count() == 1


def test_the_applications_own_role_makes_and_fills_months_and_alters_nothing(user: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute("set local role omicsoracle_app")
    storing.store([event(user, created_at=datetime(2031, 3, 1, tzinfo=UTC))])

    assert "usage_logs_2031_03" in months()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("drop table usage_logs_2031_03")
