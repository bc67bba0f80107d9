"""Sums of how long requests took are made of what was stored before there were any, and the way back is open."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from quotas.models import (
    GoneAccount,
    SiteSum,
    UsageDay,
    UsageDayKind,
    UsageHour,
    UsageLog,
    UsageMonth,
)
from quotas.runner import storing
from tests.factories import UserFactory
from tests.history.used import request

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE = [("quotas", "0003_usage_days")]
NOON = datetime(2025, 6, 15, 12, tzinfo=UTC)
TABLES: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (UsageHour, ("user", "hour", "endpoint", "status_code", "requests", "cost", "total_ms")),
    (UsageDay, ("user", "day", "requests", "errors", "cost")),
    (UsageDayKind, ("user", "day", "endpoint", "status_code", "requests")),
    (UsageMonth, ("user", "month", "endpoint", "status_code", "requests", "cost")),
    (SiteSum, ("grain", "start", "endpoint", "status_code", "requests", "errors", "cost")),
)


def migrate(to: list[tuple[str, str]]) -> None:
    MigrationExecutor(connection).migrate(to)


def forward() -> None:
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


@pytest.fixture(autouse=True)
def _forward_again() -> Iterator[None]:
    yield
    forward()


def all_sums() -> list[set[tuple[Any, ...]]]:
    """Return what the tables hold, but for the ids."""
    return [set(model.objects.values_list(*fields, "took")) for model, fields in TABLES]


@pytest.mark.parametrize("to", [BEFORE, [("quotas", "0005_active_users")]])
def test_there_and_back_the_sums_are_those_that_were_stored(to: list[tuple[str, str]]) -> None:
    one, other = UserFactory.create(), UserFactory.create()
    storing.store(
        [
            request(user, NOON, execution_time_ms=took, status_code=status)
            for user in (one, other)
            for took, status in [(5, 200), (90, 200), (90, 500), (4000, 200)]
        ]
    )
    before = all_sums()

    migrate(to)
    forward()

    assert all_sums() == before


def test_one_can_go_back_when_accounts_are_gone() -> None:
    user = UserFactory.create()
    storing.store([request(user, NOON)])
    user.delete()
    assert GoneAccount.objects.exists()

    migrate(BEFORE)

    assert UsageLog.objects.count() == 1
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from usage_daily")
        assert cursor.fetchone() == (0,)
