"""What every call of the API counts, and what its answer tells."""

from typing import Any

import pytest
import redis
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from accounts.models import User
from common import client_address
from quotas import leases, limiter
from quotas.events import UsageEvent
from quotas.limiter import Caller
from quotas.limits import HOUR, MINUTE, Rule
from quotas.models import Override, TierLimits
from quotas.services import effective
from tests.factories import PASSWORD, ApiKeyFactory, UserFactory, access_token
from tests.monitoring.test_requests import value as counted

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("counting")]
COUNTED = "/api/v2/datasets"
LIMIT_HEADERS = (
    *("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"),
    *("RateLimit", "RateLimit-Policy"),
)


@pytest.fixture
def user() -> User:
    return UserFactory.create()


@pytest.fixture
def client(user: User) -> APIClient:
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {access_token(user)}")
    return client


def limit(user: User, **values: int | None) -> None:
    Override.objects.update_or_create(user=user, defaults={"values": values, "reason": "a test"})


def used(user: User) -> int:
    version = limiter.ANY_VERSION
    rules = [Rule(HOUR, None)]
    return limiter.take(Caller.user(user.pk), rules, cost=0, version=version).levels[0].used


def events(valkey: Any) -> list[UsageEvent]:
    return [UsageEvent.loads(fields[b"e"]) for _, fields in valkey.xrange(limiter.STREAM)]


def test_each_answer_tells_what_is_left(client: APIClient) -> None:
    answers = [client.get(COUNTED) for _ in range(2)]

    assert [one["X-RateLimit-Remaining"] for one in answers] == ["99", "98"]
    assert answers[0]["X-RateLimit-Limit"] == "100"
    assert answers[0]["RateLimit-Policy"] == '"hour";q=100;w=3600, "day";q=1000;w=86400'
    assert answers[0]["RateLimit"].startswith('"hour";r=99;t=36')


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("get", "/api/v2/datasets/GSE404404", 404),
        ("delete", "/api/v2/datasets", 405),
        ("post", "/api/v2/agents/search", 400),
        ("get", "/api/v2/admin/users", 403),
    ],
)
def test_what_is_refused_for_another_reason_counts_too(
    client: APIClient, user: User, method: str, path: str, status: int
) -> None:
    answer = getattr(client, method)(path)

    assert answer.status_code == status
    assert answer["X-RateLimit-Remaining"] == "99"
    assert used(user) == 1


def test_one_request_too_many_is_refused_as_the_contract_says(
    client: APIClient, user: User
) -> None:
    limit(user, hour=1)
    before = counted("limits_reached_total", tier=user.tier, limit="hour")
    client.get(COUNTED)

    refused = client.get(COUNTED)

    assert refused.status_code == 429
    assert refused["Content-Type"] == "application/problem+json"
    problem = refused.json()
    assert (problem["code"], problem["policy"]) == ("rate_limited", "hour")
    assert counted("limits_reached_total", tier=user.tier, limit="hour") == before + 1
    assert refused["Retry-After"] == str(problem["retry_after"])
    assert 3600 <= problem["retry_after"] <= 3660
    assert all(name in refused for name in LIMIT_HEADERS)
    assert refused["X-RateLimit-Remaining"] == "0"


def test_a_refused_call_uses_up_nothing_and_is_in_no_log(
    client: APIClient, user: User, counting: redis.Redis
) -> None:
    limit(user, hour=2)

    for _ in range(5):
        client.get(COUNTED)

    assert used(user) == 2
    assert len(events(counting)) == 2


@pytest.mark.parametrize("path", ["/api/v2/auth/me", "/api/v2/auth/sessions"])
def test_what_is_free_counts_nothing_and_still_tells_what_is_left(
    client: APIClient, user: User, path: str
) -> None:
    limit(user, hour=1)
    client.get(COUNTED)

    answer = client.get(path)

    assert answer.status_code == 200
    assert answer["X-RateLimit-Remaining"] == "0"
    assert used(user) == 1


def test_a_key_and_a_token_of_one_user_share_their_quota(client: APIClient, user: User) -> None:
    client.get(COUNTED)

    answer = Client().get(COUNTED, headers={"X-API-Key": ApiKeyFactory.create(user=user).text})

    assert answer["X-RateLimit-Remaining"] == "98"


def test_a_browsers_session_is_counted_like_any_credential(user: User) -> None:
    browser = Client()
    browser.force_login(user)

    assert browser.get(COUNTED)["X-RateLimit-Remaining"] == "99"


def test_users_do_not_share_their_quota(client: APIClient) -> None:
    client.get(COUNTED)
    other = {"Authorization": f"Bearer {access_token(UserFactory.create())}"}

    assert Client().get(COUNTED, headers=other)["X-RateLimit-Remaining"] == "99"


def test_unlimited_tiers_are_told_no_limit(user: User, client: APIClient) -> None:
    User.objects.filter(pk=user.pk).update(tier="enterprise")

    answer = client.get(COUNTED)

    assert not [name for name in LIMIT_HEADERS if name in answer]
    assert (answer["X-Usage-Hour"], answer["X-Usage-Day"]) == ("1", "1")


def test_a_new_tier_holds_from_the_next_request_on(user: User, client: APIClient) -> None:
    client.get(COUNTED)
    User.objects.filter(pk=user.pk).update(tier="pro")

    assert client.get(COUNTED)["X-RateLimit-Limit"] == "1000"


def test_a_burst_rule_of_the_tier_holds(client: APIClient) -> None:
    TierLimits.objects.filter(tier="free").update(burst=1)

    statuses = [client.get(COUNTED).status_code for _ in range(3)]

    assert statuses[0] == 200
    assert 429 in statuses


def test_the_usage_log_is_told_what_was_asked_and_how_it_went(
    client: APIClient, user: User, counting: redis.Redis
) -> None:
    client.get("/api/v2/datasets/GSE404404")

    (event,) = events(counting)
    assert (event.user_id, event.api_key_id, event.cost) == (user.pk, None, 1)
    assert (event.method, event.status_code) == ("GET", 404)
    assert event.endpoint == "/api/v2/datasets/<str:geo_id>"


def test_the_usage_log_names_the_key(user: User, counting: redis.Redis) -> None:
    key = ApiKeyFactory.create(user=user)

    Client().get(COUNTED, headers={"X-API-Key": key.text})

    assert events(counting)[0].api_key_id == key.pk


def test_counting_takes_no_query_once_the_limits_are_known(
    client: APIClient,
    django_assert_num_queries: DjangoAssertNumQueries,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(effective, "SECONDS", 600)
    client.get("/api/v2/datasets?page_size=1")

    with django_assert_num_queries(2):  # who it is, and the catalogue
        client.get("/api/v2/datasets?page_size=1")


# --- Without a credential -----------------------------------------------------------------------


def strangers(address: str = "203.0.113.9") -> Any:
    return APIClient(REMOTE_ADDR=address, raise_request_exception=False)


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        (COUNTED, {}),
        (COUNTED, {"X-API-Key": "oo_wrong"}),
        (COUNTED, {"Authorization": "Bearer wrong"}),
        ("/api/v2/auth/oauth/providers", {}),
        ("/api/schema", {}),
    ],
)
def test_an_address_has_so_many_requests_a_minute(
    settings: Any, path: str, headers: dict[str, str]
) -> None:
    settings.ANONYMOUS_REQUESTS_A_MINUTE = 2
    client = strangers()

    statuses = [client.get(path, headers=headers).status_code for _ in range(4)]

    assert statuses[:2] == [statuses[0]] * 2
    assert statuses[0] != 429
    assert statuses[2:] == [429, 429]


def test_signing_in_is_counted_for_the_address_before_anything_else(
    settings: Any, user: User
) -> None:
    settings.ANONYMOUS_REQUESTS_A_MINUTE = 1
    sent = {"email": user.email, "password": PASSWORD}

    answers = [strangers().post("/api/v2/auth/login", sent, format="json") for _ in range(2)]

    assert [one.status_code for one in answers] == [200, 429]
    assert answers[1].json()["policy"] == "minute"
    assert answers[1].json()["retry_after"] <= 61
    assert answers[1]["X-RateLimit-Remaining"] == "0"


def test_the_answers_to_strangers_tell_of_no_limit_before_it_is_reached() -> None:
    assert not [name for name in LIMIT_HEADERS if name in strangers().get(COUNTED)]


def test_an_address_that_is_used_up_keeps_nobody_else_out(settings: Any, client: APIClient) -> None:
    settings.ANONYMOUS_REQUESTS_A_MINUTE = 1
    for _ in range(3):
        strangers().get(COUNTED)

    assert strangers("203.0.113.10").get(COUNTED).status_code == 401
    assert client.get(COUNTED, REMOTE_ADDR="203.0.113.9").status_code == 200


def test_a_forged_forwarded_for_is_no_way_out(settings: Any) -> None:
    settings.ANONYMOUS_REQUESTS_A_MINUTE = 1
    client = strangers()

    statuses = [
        client.get(COUNTED, headers={"X-Forwarded-For": f"198.51.100.{n}"}).status_code
        for n in range(3)
    ]

    assert statuses == [401, 429, 429]


def test_neighbours_in_one_ipv6_network_are_one_address(settings: Any) -> None:
    settings.ANONYMOUS_REQUESTS_A_MINUTE = 1

    statuses = [strangers(f"2001:db8::{n}").get(COUNTED).status_code for n in (1, 2)]

    assert statuses == [401, 429]


def test_making_the_schema_counts_nobody(counting: redis.Redis) -> None:
    SchemaGenerator().get_schema(request=None, public=True)

    assert list(counting.scan_iter("rl:{*")) == []


def test_health_and_pages_are_not_counted(settings: Any, counting: redis.Redis) -> None:
    settings.ANONYMOUS_REQUESTS_A_MINUTE = 1
    client = strangers()

    statuses = [client.get(path).status_code for path in ("/health/live", "/login") * 3]

    assert set(statuses) == {200}
    assert list(counting.scan_iter("rl:{a:*")) == []


# --- Many at once -------------------------------------------------------------------------------


@pytest.fixture
def full(settings: Any, user: User) -> list[str]:
    """Let as many expensive requests of the user run as may, and wait for none."""
    settings.QUOTA_EXPENSIVE_AT_ONCE, settings.QUOTA_EXPENSIVE_WAIT = 2, 0.0
    return [str(leases.obtain(Caller.user(user.pk))) for _ in range(2)]


def test_one_expensive_request_too_many_at_once_is_refused_and_costs_nothing(
    full: list[str], user: User, client: APIClient
) -> None:
    refused = client.post("/api/v2/agents/search", {"query": "liver"}, format="json")

    assert refused.status_code == 429
    assert refused.json()["code"] == "concurrency_limited"
    assert refused["X-RateLimit-Remaining"] == "100"
    assert used(user) == 0


def test_cheap_requests_go_on_beside_expensive_ones(full: list[str], client: APIClient) -> None:
    assert client.get(COUNTED).status_code == 200


def test_an_expensive_request_lets_the_next_one_run(
    settings: Any, client: APIClient, user: User
) -> None:
    settings.QUOTA_EXPENSIVE_AT_ONCE, settings.QUOTA_EXPENSIVE_WAIT = 1, 0.0

    statuses = [client.post("/api/v2/agents/search", {}).status_code for _ in range(3)]

    assert 429 not in statuses


def test_one_that_waits_gets_the_place_of_one_that_ends(
    full: list[str], settings: Any, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.QUOTA_EXPENSIVE_WAIT = 30.0
    caller = Caller.user(user.pk)
    monkeypatch.setattr(leases.time, "sleep", lambda _: leases.release(caller, full[0]))

    assert leases.obtain(caller) is not None


def test_the_lease_of_a_holder_that_died_ends_by_itself(
    full: list[str], user: User, counting: redis.Redis
) -> None:
    key = Caller.user(user.pk).key("c")
    assert 0 < counting.pttl(key) <= leases.LASTS_MS
    counting.zadd(key, {full[0]: 1})

    assert leases.obtain(Caller.user(user.pk)) is not None


def test_addresses_are_counted_by_the_minute(settings: Any, counting: redis.Redis) -> None:
    strangers().get(COUNTED)

    caller = Caller.address(client_address.site_of("203.0.113.9"))
    rules = [Rule(MINUTE, 10)]
    counted = limiter.take(caller, rules, cost=0, version=limiter.ANY_VERSION)
    assert counted.levels[0].used == 1
