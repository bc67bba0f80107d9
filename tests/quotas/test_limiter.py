"""Counting in a real Valkey."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quotas import limiter
from quotas.limiter import Caller, CountsLost, OtherLimits, take
from quotas.limits import DAY, HOUR, SECOND, Counts, Rule, Window

NOON = 1_764_000_000_000
TINY = Window("tiny", "t", 2, 4)
LONGER = Window("longer", "l", 6, 6)
pytestmark = pytest.mark.usefixtures("counting")


@pytest.fixture
def caller() -> Caller:
    return Caller.user(uuid4())


def test_of_64_threads_exactly_as_many_get_in_as_the_limit_says(caller: Caller) -> None:
    with ThreadPoolExecutor(64) as pool:
        decisions = list(
            pool.map(lambda _: take(caller, [Rule(HOUR, 100), Rule(DAY, 1000)]), range(640))
        )

    assert sum(one.is_allowed for one in decisions) == 100
    remaining = sorted(one.levels[0].remaining or 0 for one in decisions if one.is_allowed)
    assert remaining == list(range(100))


def test_a_refused_call_counts_in_no_window(caller: Caller) -> None:
    rules = [Rule(HOUR, 2), Rule(DAY, 100)]

    admitted = [take(caller, rules).is_allowed for _ in range(50)]

    assert sum(admitted) == 2
    assert take(caller, rules, cost=0).of(DAY).used == 2


def test_threads_that_cost_more_than_one_count_all_or_nothing(caller: Caller) -> None:
    with ThreadPoolExecutor(16) as pool:
        decisions = list(
            pool.map(lambda cost: take(caller, [Rule(HOUR, 100)], cost=cost), [7, 3] * 40)
        )

    used = take(caller, [Rule(HOUR, 100)], cost=0).levels[0].used
    costs = [cost for one, cost in zip(decisions, [7, 3] * 40, strict=True) if one.is_allowed]
    assert used == sum(costs)
    assert 97 < used <= 100


@given(
    calls=st.lists(st.tuples(st.integers(-500, 2500), st.integers(0, 3)), min_size=1, max_size=60),
    limits=st.tuples(st.one_of(st.none(), st.integers(0, 12)), st.integers(0, 20)),
)
@settings(suppress_health_check=list(HealthCheck))
def test_valkey_decides_as_the_arithmetic_says(
    calls: list[tuple[int, int]], limits: tuple[int | None, int]
) -> None:
    caller, counts, at = Caller.user(uuid4()), Counts(), NOON
    rules = [Rule(TINY, limits[0]), Rule(LONGER, limits[1])]

    for gap, cost in calls:
        at += gap
        expected = counts.take(rules, cost=cost, at_ms=at)
        assert take(caller, rules, cost=cost, at_ms=at) == expected


@given(gaps=st.lists(st.integers(0, 1500), min_size=5, max_size=60), limit=st.integers(1, 5))
@settings(max_examples=40, suppress_health_check=list(HealthCheck))
def test_who_waits_as_told_is_served(gaps: list[int], limit: int) -> None:
    caller, at, rules = Caller.user(uuid4()), NOON, [Rule(TINY, limit), Rule(LONGER, 2 * limit)]

    for gap in gaps:
        at += gap
        decision = take(caller, rules, at_ms=at)
        if not decision.is_allowed:
            early = at + (decision.retry_after - 1) * 1000
            assert not take(caller, rules, at_ms=early).is_allowed
            at += decision.retry_after * 1000
            assert take(caller, rules, at_ms=at).is_allowed


def test_every_key_of_a_caller_ends_by_itself(caller: Caller, counting: redis.Redis) -> None:
    take(caller, [Rule(HOUR, 10), Rule(DAY, 10), Rule(SECOND, 5)])
    limiter.renew_version(caller.key("v"))

    keys = list(counting.scan_iter(f"rl:{{{caller.name}}}:*"))

    assert len(keys) == 4
    assert all(counting.ttl(key) > 0 for key in keys)


def test_a_caller_takes_about_a_kilobyte(caller: Caller, counting: redis.Redis) -> None:
    rules = [Rule(HOUR, None), Rule(DAY, None)]
    for minute in range(26 * 60):
        take(caller, rules, at_ms=NOON + minute * 60_000)

    taken = sum(counting.memory_usage(caller.key(one)) or 0 for one in ("h", "d"))

    assert taken < 4096


def test_the_servers_clock_counts(caller: Caller, counting: redis.Redis) -> None:
    seconds, _ = counting.time()

    decision = take(caller, [Rule(HOUR, 10)])

    assert abs(decision.at_ms / 1000 - seconds) < 60


def test_another_burst_than_the_tier_allows_is_refused_for_a_moment(caller: Caller) -> None:
    rules = [Rule(HOUR, 100), Rule(SECOND, 2)]

    decisions = [take(caller, rules, at_ms=NOON) for _ in range(3)]

    assert [one.is_allowed for one in decisions] == [True, True, False]
    assert decisions[-1].retry_after == 2
    assert take(caller, rules, at_ms=NOON + 2000).is_allowed


def present_version(caller: Caller) -> str:
    with pytest.raises(OtherLimits) as told:
        take(caller, [Rule(HOUR, 10)], cost=0, version="unknown")
    return str(told.value.version)


def test_limits_that_were_changed_are_read_again_before_anything_is_counted(
    caller: Caller,
) -> None:
    before = present_version(caller)
    take(caller, [Rule(HOUR, 10)], version=before)
    limiter.renew_version(caller.key("v"))

    with pytest.raises(OtherLimits) as told:
        take(caller, [Rule(HOUR, 10)], version=before)

    decision = take(caller, [Rule(HOUR, 10)], version=told.value.version)
    assert decision.levels[0].used == 2


def test_a_change_of_a_tier_concerns_everybody(caller: Caller) -> None:
    before = present_version(caller)
    limiter.renew_version(limiter.ALL_LIMITS)

    with pytest.raises(OtherLimits):
        take(caller, [Rule(HOUR, 10)], version=before)


def test_nothing_is_believed_of_before_the_server_lost_its_data(
    caller: Caller, counting: redis.Redis
) -> None:
    before = present_version(caller)
    counting.set(limiter.EPOCH, "put back")

    with pytest.raises(OtherLimits):
        take(caller, [Rule(HOUR, 10)], version=before)


def test_a_request_that_is_asked_about_twice_counts_once(caller: Caller) -> None:
    rules = [Rule(HOUR, 2)]

    decisions = [take(caller, rules, request="one") for _ in range(3)]

    assert [one.is_allowed for one in decisions] == [True] * 3
    assert [one.of(HOUR).used for one in decisions] == [1] * 3


def test_a_request_that_was_counted_is_let_in_when_the_window_is_full_meanwhile(
    caller: Caller,
) -> None:
    rules = [Rule(HOUR, 2)]
    for request in ("one", "another"):
        take(caller, rules, request=request)

    assert take(caller, rules, request="one").is_allowed
    assert not take(caller, rules, request="a third").is_allowed


def test_a_request_that_was_refused_may_come_again(caller: Caller) -> None:
    take(caller, [Rule(HOUR, 0)], request="one")

    decision = take(caller, [Rule(HOUR, 1)], request="one")

    assert (decision.is_allowed, decision.of(HOUR).used) == (True, 1)


def test_a_server_that_has_forgotten_the_script_is_told_again(
    caller: Caller, counting: redis.Redis
) -> None:
    take(caller, [Rule(HOUR, 2)])
    counting.script_flush()

    assert take(caller, [Rule(HOUR, 2)]).levels[0].used == 2


def test_a_server_that_has_lost_its_data_says_so(caller: Caller, counting: redis.Redis) -> None:
    counting.flushdb()

    with pytest.raises(CountsLost):
        take(caller, [Rule(HOUR, 2)])


def test_windows_that_are_emptied_begin_anew(caller: Caller) -> None:
    rules = [Rule(HOUR, 1), Rule(DAY, 1)]
    take(caller, rules)

    limiter.forget(caller, ["h", "d"])

    assert take(caller, rules).is_allowed
