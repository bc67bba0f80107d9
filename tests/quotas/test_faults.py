"""Valkey dead, frozen, full, read-only, emptied: who is served, who is not, and how it ends."""

import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts import audit
from accounts.models import Action, User
from common.ids import uuid7
from quotas import degraded, limiter, valkey
from quotas.events import UsageEvent
from quotas.limiter import Caller
from quotas.limits import DAY, HOUR, Decision, Rule
from quotas.models import Override, UsageLog
from quotas.runner import consuming, restoring, storing
from quotas.services import counting, effective, overrides, ring
from quotas.valkey import Breaker
from tests.factories import UserFactory, access_token
from tests.quotas.own_valkey import OwnValkey

pytestmark = pytest.mark.django_db
COUNTED = "/api/v2/datasets"
NOW = timezone.now()


@pytest.fixture
def server(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[OwnValkey]:
    """Return a running Valkey of this test's own; nothing is stored in the background."""
    monkeypatch.setattr(ring, "ring", ring.Ring(every=86_400))
    with tempfile.TemporaryDirectory() as folder:
        own = OwnValkey(Path(folder))
        own.start()
        with own.client() as client:
            client.set(limiter.EPOCH, "1")
        settings.REDIS_URL = own.url
        settings.QUOTA_PROCESSES = 2
        yield own
        own.kill()


@pytest.fixture
def user() -> User:
    return UserFactory.create()


@pytest.fixture
def client(user: User) -> APIClient:
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {access_token(user)}")
    return client


def dead(server: OwnValkey) -> None:
    server.kill()


def frozen(server: OwnValkey) -> None:
    server.freeze()


def full(server: OwnValkey) -> None:
    with server.client() as client:
        client.config_set("maxmemory", "1")


def read_only(server: OwnValkey) -> None:
    with server.client() as client:
        client.replicaof("127.0.0.1", "1")


FAULTS = [dead, frozen, full, read_only]


def limit(user: User, **values: int | None) -> None:
    Override.objects.update_or_create(user=user, defaults={"values": values, "reason": "a test"})


@pytest.mark.parametrize("fault", FAULTS)
def test_reads_go_on_with_this_process_share_of_the_limit(
    fault: Any, server: OwnValkey, user: User, client: APIClient
) -> None:
    limit(user, hour=5)
    fault(server)

    answers = [client.get(COUNTED) for _ in range(4)]

    assert [one.status_code for one in answers] == [200, 200, 429, 429]
    assert {one["X-RateLimit-Policy"] for one in answers} == {"degraded"}
    assert answers[2]["Retry-After"].isdigit()


def test_two_outages_let_in_no_more_than_one(server: OwnValkey, user: User) -> None:
    limit(user, hour=4)
    server.kill()
    for _ in range(2):
        counting.count(user=user)

    server.start()
    effective.memory.clear()
    with server.client() as client:
        client.set(limiter.EPOCH, "1")
    server.kill()

    with pytest.raises(counting.LimitReached):
        counting.count(user=user)


def test_a_limit_that_is_used_up_stays_so_in_an_outage(server: OwnValkey, user: User) -> None:
    limit(user, hour=4)
    for _ in range(4):
        counting.count(user=user)
    server.kill()

    with pytest.raises(counting.LimitReached):
        counting.count(user=user)


def test_a_share_is_of_what_was_left(server: OwnValkey, user: User, client: APIClient) -> None:
    limit(user, hour=9)
    for _ in range(4):
        client.get(COUNTED)
    server.kill()

    answers = [client.get(COUNTED) for _ in range(3)]

    assert [one.status_code for one in answers] == [200, 200, 429]
    assert [one["X-RateLimit-Remaining"] for one in answers] == ["1", "0", "0"]
    assert answers[0]["X-RateLimit-Limit"] == "9"


def test_what_was_let_in_during_a_stall_is_counted_after_it(
    server: OwnValkey, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(user, hour=10)
    counting.count(user=user)
    with monkeypatch.context() as patched:
        patched.setattr(limiter, "take", away)
        for _ in range(3):
            assert counting.count(user=user).is_degraded

    after = counting.count(user=user)

    assert (after.of(HOUR).used, after.of(DAY).used) == (5, 5)
    assert counting.count(user=user).of(HOUR).used == 6


def away(*_: object, **__: object) -> Decision:
    raise valkey.Away


def test_what_costs_money_is_closed(server: OwnValkey, user: User) -> None:
    server.kill()

    with pytest.raises(counting.CannotCount) as refused:
        counting.count_strictly(user=user)

    assert (refused.value.status, refused.value.code) == (503, "service_unavailable")
    assert refused.value.headers["Retry-After"] == "30"


def test_what_costs_money_is_counted_like_anything_else_otherwise(
    server: OwnValkey, user: User
) -> None:
    assert counting.count_strictly(user=user).of(HOUR).used == 1


def test_staff_get_through_uncounted(server: OwnValkey) -> None:
    admin = UserFactory.create(is_staff=True, is_superuser=True)
    limit(admin, hour=2)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {access_token(admin)}")
    server.kill()

    assert {client.get("/api/v2/admin/users").status_code for _ in range(5)} == {200}


def test_strangers_have_the_share_of_this_process(server: OwnValkey, settings: Any) -> None:
    settings.ANONYMOUS_REQUESTS_A_MINUTE = 4
    server.kill()

    statuses = [APIClient().get(COUNTED).status_code for _ in range(4)]

    assert statuses == [401, 401, 429, 429]


def test_usage_is_stored_without_valkey(server: OwnValkey, client: APIClient) -> None:
    server.kill()
    for _ in range(3):
        client.get(COUNTED)

    assert ring.ring.flush() == 3
    assert UsageLog.objects.count() == 3


def test_expensive_requests_are_served_though_nobody_counts_how_many(
    server: OwnValkey, client: APIClient
) -> None:
    server.kill()

    assert client.post("/api/v2/agents/search", {}, format="json").status_code == 400


def test_a_reset_that_cannot_be_done_is_told_and_not_in_the_audit_log(
    server: OwnValkey, user: User
) -> None:
    server.kill()

    with pytest.raises(overrides.CannotReset):
        overrides.reset(user_id=user.pk, actor=user, at=NOW)

    assert not audit.AuditEntry.objects.filter(action=Action.QUOTA_RESET).exists()


def test_an_override_holds_without_valkey_too(server: OwnValkey, user: User) -> None:
    server.kill()
    counting.count(user=user, cost=0)
    limit(user, hour=0)
    effective.renew(Caller.user(user.pk).key("v"))

    with pytest.raises(counting.LimitReached):
        counting.count(user=user)


# --- The breaker --------------------------------------------------------------------------------


def test_three_failures_are_paid_for_and_then_none(
    server: OwnValkey, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.freeze()
    asked = 0
    call = valkey.Line.call

    def counted(*args: Any, **kwargs: Any) -> Any:
        nonlocal asked
        asked += 1
        return call(*args, **kwargs)

    monkeypatch.setattr(valkey.Line, "call", counted)
    monkeypatch.setattr(valkey.server().breaker, "_is_back", lambda: False)
    for _ in range(20):
        counting.count(user=user)

    assert valkey.server().breaker.is_open
    assert asked == valkey.FAILURES
    monkeypatch.undo()


def test_who_is_answered_late_while_others_are_answered_waits_on(server: OwnValkey) -> None:
    asked = valkey.server_at(server.url)
    is_over = threading.Event()

    def others() -> None:
        while not is_over.is_set():
            asked.ask(lambda: asked._line.call("PING"))

    beside = threading.Thread(target=others)
    beside.start()
    try:
        late = asked.ask(lambda: asked._line.call("BLPOP", "nothing", "0.2"))
    finally:
        is_over.set()
        beside.join()

    assert late is None  # its answer, which has come


def test_who_is_answered_late_and_nobody_else_at_all_is_not(server: OwnValkey) -> None:
    asked = valkey.server_at(server.url)
    asked.ask(lambda: asked._line.call("PING"))
    time.sleep(valkey.PATIENCE)

    with pytest.raises(valkey.Away):
        asked.ask(lambda: asked._line.call("BLPOP", "nothing", "0.2"))


def test_the_breaker_closes_when_the_server_is_back() -> None:
    looked, back = threading.Event(), threading.Event()

    def is_back() -> bool:
        looked.set()
        return back.is_set()

    breaker = Breaker(is_back=is_back, pause=0.01)
    for moment in (0.0, 0.1, 0.2):
        breaker.failed(since=moment, at=moment)
    assert looked.wait(10)
    assert breaker.is_open

    back.set()

    assert any(is_closed(breaker) for _ in range(1000))


def is_closed(breaker: Breaker) -> bool:
    time.sleep(0.01)
    return not breaker.is_open


def test_calls_that_waited_beside_each_other_are_one_failure() -> None:
    breaker = Breaker(is_back=lambda: True, pause=600)

    for _ in range(10):
        breaker.failed(since=1.0, at=1.05)

    assert not breaker.is_open


def test_failures_with_successes_between_them_open_only_if_they_are_close() -> None:
    breaker = Breaker(is_back=lambda: True, pause=600)
    for moment in (0.0, 2.0, 4.0, 6.0):
        breaker.failed(since=moment, at=moment)
        breaker.succeeded(since=moment + 1.5, at=moment + 1.5)

    assert not breaker.is_open


@pytest.mark.parametrize(
    ("took", "patience"), [(0.001, 0.05), (0.03, 0.15), (0.4, 0.5)], ids=["quick", "slow", "most"]
)
def test_a_server_that_answers_slowly_is_given_more_time(took: float, patience: float) -> None:
    breaker = Breaker(is_back=lambda: True)

    breaker.succeeded(since=10.0, at=10.0 + took)
    breaker.succeeded(since=10.5, at=10.501)  # one that is quick does not change that at once

    assert breaker.patience == pytest.approx(patience)


def test_who_answers_quickly_again_is_given_no_more_time_than_before() -> None:
    breaker = Breaker(is_back=lambda: True)
    breaker.succeeded(since=10.0, at=10.1)

    breaker.succeeded(since=12.0, at=12.001)

    assert breaker.patience == valkey.PATIENCE


# --- Everything lost ----------------------------------------------------------------------------


def use(user: User, *, at: datetime, cost: int = 1) -> None:
    event = UsageEvent(uuid7(), user.pk, None, "/a", "GET", 200, 1, cost, at)
    storing.store([event])


def look(user: User) -> Decision:
    rules = [Rule(HOUR, None), Rule(DAY, None)]
    return limiter.take(Caller.user(user.pk), rules, cost=0, version=limiter.ANY_VERSION)


def test_counts_that_are_lost_are_put_back_by_the_next_request(
    server: OwnValkey, user: User
) -> None:
    use(user, at=NOW - timedelta(minutes=5), cost=3)
    use(user, at=NOW - timedelta(hours=5), cost=4)
    use(user, at=NOW - timedelta(hours=30), cost=100)
    with server.client() as client:
        client.flushall()

    decision = counting.count(user=user)

    assert not decision.is_degraded
    assert (decision.of(HOUR).used, decision.of(DAY).used) == (4, 8)


def test_a_limit_that_was_used_up_stays_so_when_all_is_lost(
    server: OwnValkey, user: User, client: APIClient
) -> None:
    limit(user, hour=2)
    for _ in range(2):
        client.get(COUNTED)
    consuming.consume(at=timezone.now())
    with server.client() as valkey_client:
        valkey_client.flushall()

    assert client.get(COUNTED).status_code == 429


def test_what_is_put_back_comes_back_in_time(server: OwnValkey, user: User) -> None:
    used_at = NOW - timedelta(minutes=40)
    use(user, at=used_at)
    restoring.restore(at=NOW)

    reset_ms = look(user).of(HOUR).reset_ms or 0

    reset_at = datetime.fromtimestamp(reset_ms / 1000, UTC)
    assert timedelta(minutes=60) <= reset_at - used_at <= timedelta(minutes=61)


def test_a_reset_holds_when_all_is_lost(server: OwnValkey, user: User) -> None:
    use(user, at=NOW - timedelta(minutes=10), cost=50)
    overrides.reset(user_id=user.pk, actor=user, at=NOW - timedelta(minutes=5))
    use(user, at=NOW - timedelta(minutes=2), cost=3)

    restoring.restore(at=NOW)

    assert (look(user).of(HOUR).used, look(user).of(DAY).used) == (3, 3)


def test_while_one_puts_back_the_counts_others_count_alone(server: OwnValkey, user: User) -> None:
    with server.client() as client:
        client.flushall()
        client.set(restoring.LOCK, 1)

    assert counting.count(user=user).is_degraded


def test_the_consumer_puts_back_the_counts_too(server: OwnValkey, user: User) -> None:
    use(user, at=NOW - timedelta(minutes=5), cost=3)
    with server.client() as client:
        client.flushall()

    consuming.consume(at=NOW)

    assert look(user).of(HOUR).used == 3


def test_whom_a_process_counts_alone_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(degraded, "MOST", 2)
    shares = degraded.Shares()
    rule = [Rule(HOUR, 1)]
    for name in ("a", "b", "c"):
        shares.take(Caller(name), rule, cost=1, processes=1)

    assert shares.take(Caller("a"), rule, cost=1, processes=1).is_allowed
    assert not shares.take(Caller("c"), rule, cost=1, processes=1).is_allowed
