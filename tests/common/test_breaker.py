import time
import urllib.error
import urllib.request
from contextlib import suppress
from dataclasses import dataclass

import pytest
import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from common.breaker import Breaker, CircuitOpen, Rule
from tests.fakes import ncbi
from tests.processes import together

PROCESSES = 8


class Down(Exception):
    """The service failed."""


@dataclass
class Clock:
    now: float = 1000

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(valkey: redis.Redis, clock: Clock) -> Breaker:
    return Breaker("service", client=valkey, clock=clock)


@pytest.fixture
def alone(clock: Clock) -> Breaker:
    """Return the breaker of a process that cannot reach Valkey."""
    nowhere = redis.Redis(unix_socket_path="/nonexistent/valkey.sock", retry=Retry(NoBackoff(), 0))
    return Breaker("service", client=nowhere, clock=clock)


def fail(breaker: Breaker, times: int = 1) -> None:
    for _ in range(times):
        with pytest.raises(Down), breaker.calling(failures=(Down,)):
            raise Down


def succeed(breaker: Breaker) -> None:
    with breaker.calling(failures=(Down,)):
        pass


def is_open(breaker: Breaker) -> bool:
    with suppress(ValueError):  # says nothing of the service, so asking changes nothing
        try:
            with breaker.calling(failures=(Down,)):
                raise ValueError
        except CircuitOpen:
            return True
    return False


@pytest.mark.parametrize(
    ("failed_at", "opens"),
    [
        ([0, 0, 0, 0], False),
        ([0, 0, 0, 0, 0], True),
        ([0, 10, 20, 30, 59], True),
        ([0, 10, 20, 30, 60], False),
        ([0, 10, 20, 30, 61, 62], True),
        ([0, 30, 61, 91, 122, 152], False),
    ],
)
def test_it_opens_at_the_fifth_failure_within_a_minute(
    failed_at: list[float], *, opens: bool, breaker: Breaker, clock: Clock
) -> None:
    start = clock.now
    for moment in failed_at:
        clock.now = start + moment
        fail(breaker)

    assert is_open(breaker) is opens


def test_successes_between_do_not_hide_the_failures(breaker: Breaker) -> None:
    for _ in range(5):
        fail(breaker)
        with suppress(CircuitOpen):
            succeed(breaker)

    assert is_open(breaker)


@pytest.mark.parametrize("which", ["breaker", "alone"])
def test_what_says_nothing_of_the_service_is_no_failure(
    which: str, request: pytest.FixtureRequest
) -> None:
    breaker = request.getfixturevalue(which)
    for _ in range(10):
        with pytest.raises(ValueError, match="ours"), breaker.calling(failures=(Down,)):
            raise ValueError("ours")

    assert not is_open(breaker)


@pytest.mark.parametrize(("after", "opens"), [(0, True), (59.9, True), (60, False), (600, False)])
@pytest.mark.parametrize(("which", "failures"), [("breaker", 5), ("alone", 2)])
def test_it_stays_open_for_a_minute(
    which: str,
    failures: int,
    after: float,
    *,
    opens: bool,
    clock: Clock,
    request: pytest.FixtureRequest,
) -> None:
    breaker = request.getfixturevalue(which)
    fail(breaker, failures)

    clock.now += after

    assert is_open(breaker) is opens


def test_the_refusal_says_when_to_come_back(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, 5)
    clock.now += 20

    with pytest.raises(CircuitOpen) as refusal:
        succeed(breaker)

    assert (refusal.value.code, refusal.value.headers["Retry-After"]) == (
        "upstream_unavailable",
        "40",
    )


@pytest.mark.parametrize(("which", "failures"), [("breaker", 5), ("alone", 2)])
class TestTheTrial:
    @pytest.fixture
    def tried(
        self, which: str, failures: int, clock: Clock, request: pytest.FixtureRequest
    ) -> Breaker:
        """Return a breaker whose minute is over."""
        breaker: Breaker = request.getfixturevalue(which)
        fail(breaker, failures)
        clock.now += 60
        return breaker

    def test_is_one_at_a_time(self, tried: Breaker) -> None:
        with tried.calling(failures=(Down,)), pytest.raises(CircuitOpen):
            succeed(tried)

    def test_closes_it_by_success(self, tried: Breaker) -> None:
        succeed(tried)

        with tried.calling(failures=(Down,)):
            succeed(tried)

    def test_opens_it_for_another_minute_by_failure(self, tried: Breaker, clock: Clock) -> None:
        fail(tried)

        clock.now += 59.9
        assert is_open(tried)
        clock.now += 0.1
        assert not is_open(tried)

    def test_is_given_back_if_it_says_nothing(self, tried: Breaker) -> None:
        with pytest.raises(KeyboardInterrupt), tried.calling(failures=(Down,)):
            raise KeyboardInterrupt

        with tried.calling(failures=(Down,)), pytest.raises(CircuitOpen):
            succeed(tried)


def test_the_trial_of_who_died_is_free_after_its_time(valkey: redis.Redis, clock: Clock) -> None:
    breaker = Breaker("service", client=valkey, clock=clock, rule=Rule(trial_for=0.05))
    fail(breaker, 5)
    clock.now += 60
    late = breaker.calling(failures=(Down,))
    late.__enter__()
    time.sleep(0.1)

    with breaker.calling(failures=(Down,)):
        late.__exit__(None, None, None)  # too late: it has no say any more
        assert is_open(breaker)

    succeed(breaker)


def test_a_failure_of_a_call_that_began_before_it_opened_does_not_prolong_it(
    breaker: Breaker, clock: Clock
) -> None:
    slow = breaker.calling(failures=(Down,))
    slow.__enter__()
    fail(breaker, 5)
    clock.now += 50
    slow.__exit__(Down, Down(), None)

    clock.now += 10

    assert not is_open(breaker)


def test_every_key_ends_by_itself(breaker: Breaker, valkey: redis.Redis, clock: Clock) -> None:
    fail(breaker)
    fail(Breaker("another", client=valkey, clock=clock), 5)
    clock.now += 60

    with Breaker("another", client=valkey, clock=clock).calling(failures=(Down,)):
        assert len(valkey.keys("breaker:*")) == 3
        assert all(valkey.ttl(key) > 0 for key in valkey.keys("breaker:*"))


def call_for_a_while(address: str, url: str, seconds: float) -> int:
    """Call a failing server through the breaker as often as it lets us; count the refusals."""
    rule = Rule(failures=5, within=60, open_for=2, trial_for=30)
    breaker = Breaker("shared", client=redis.Redis.from_url(url), rule=rule)
    refused, until = 0, time.time() + seconds
    while time.time() < until:
        try:
            with breaker.calling(failures=(urllib.error.HTTPError,)):
                urllib.request.urlopen(address, data=b"a=1", timeout=10)  # noqa: S310 (loopback)
        except CircuitOpen:
            refused += 1
        except urllib.error.HTTPError:
            time.sleep(0.01)
        time.sleep(0.005)
    return refused


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_eight_processes_share_one_breaker_and_one_trial(valkey: redis.Redis) -> None:
    with ncbi.serve() as server, together(PROCESSES) as pool:
        server.always = "503"
        runs = [
            pool.submit(call_for_a_while, f"{server.url}x.fcgi", settings.REDIS_URL, 3.5)
            for _ in range(PROCESSES)
        ]
        refusals = [one.result() for one in runs]

    gaps = [later - sooner for sooner, later in zip(server.times, server.times[1:], strict=False)]
    (rest,) = [number for number, gap in enumerate(gaps) if gap > 1.5]
    before, at_the_end = server.times[: rest + 1], server.times[rest + 1 :]
    assert 5 <= len(before) < 5 + PROCESSES  # those under way when the fifth failed
    assert len(at_the_end) == 1
    assert all(count > 0 for count in refusals)
