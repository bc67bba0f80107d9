"""What costs more than one, what the fast path asks, and what runs by itself."""

import time
from typing import Any

import pytest
import redis
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from accounts.models import User
from common.ids import uuid7
from quotas import limiter
from quotas.events import UsageEvent
from quotas.models import Override, TierLimits, UsageLog
from quotas.routes import treatment_of
from quotas.services import requests
from quotas.services.counting import LimitReached
from quotas.services.ring import Ring
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("counting")]


@pytest.fixture
def user() -> User:
    made = UserFactory.create()
    Override.objects.create(user=made, values={"hour": 10}, reason="a test")
    return made


@pytest.fixture
def request_of_user(user: User) -> Any:
    """Return a request whose cost its view is to say."""
    request = RequestFactory().post("/api/v2/batch/jobs")
    requests.charge_of(request).user = user
    return request


def test_a_batch_counts_its_queries_and_is_logged_with_them(
    request_of_user: Any, user: User, counting: redis.Redis
) -> None:
    requests.charge(request_of_user, user=user, cost=7)
    response = HttpResponse(status=202)
    requests.finish(request_of_user, response)

    assert response["X-RateLimit-Remaining"] == "3"
    entries: Any = counting.xrange(limiter.STREAM)
    ((_, fields),) = entries
    assert UsageEvent.loads(fields[b"e"]).cost == 7


def test_a_batch_for_which_there_is_no_room_counts_nothing(
    request_of_user: Any, user: User, counting: redis.Redis
) -> None:
    with pytest.raises(LimitReached):
        requests.charge(request_of_user, user=user, cost=11)
    response = HttpResponse(status=429)
    requests.finish(request_of_user, response)

    assert response["X-RateLimit-Remaining"] == "10"
    assert counting.xlen(limiter.STREAM) == 0


@pytest.mark.parametrize(
    ("method", "route", "cost"),
    [
        ("GET", "api/v2/datasets", 1),
        ("POST", "api/v2/agents/search", 1),
        ("GET", "api/v2/admin/users", 1),
        ("GET", "api/v2/users/api-keys", 1),
        ("GET", "api/v2/auth/me", 0),
        ("GET", "api/v2/users/usage", 0),
        ("GET", "api/v2/users/quota", 0),
        ("POST", "api/v2/batch/jobs", 0),
        ("GET", "api/v2/batch/jobs", 1),
    ],
)
def test_what_each_call_costs(method: str, route: str, cost: int) -> None:
    assert treatment_of(method, route).cost == cost


def test_only_summaries_cost_money_and_only_staff_always_get_through() -> None:
    assert treatment_of("POST", "api/v2/agents/summarize").is_paid
    assert not treatment_of("POST", "api/v2/agents/search").is_paid
    assert treatment_of("GET", "api/v2/admin/users").is_always_open
    assert not treatment_of("GET", "api/v2/users/usage").is_always_open


@pytest.mark.django_db(transaction=True)
def test_what_is_kept_without_valkey_is_stored_by_itself(user: User) -> None:
    ring = Ring(every=0.01)
    ring.add(
        UsageEvent(uuid7(), user.pk, None, "/api/v2/datasets", "GET", 200, 1, 1, timezone.now())
    )

    until = time.monotonic() + 20
    while not UsageLog.objects.exists() and time.monotonic() < until:
        time.sleep(0.01)

    assert UsageLog.objects.get().user == user


@pytest.mark.django_db(transaction=True)
def test_tiers_are_there_after_the_tables_were_emptied() -> None:
    assert set(TierLimits.objects.values_list("tier", flat=True)) == {"free", "pro", "enterprise"}
