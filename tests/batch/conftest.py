"""Jobs for the tests: sent by their own service, run in the test's own process."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
from django.conf import LazySettings
from django.utils import timezone

from accounts.models import User
from batch.models import BatchJob
from batch.runner import claiming, settling, working
from batch.runner.claiming import Claim
from batch.runner.settling import Ending, Failure
from batch.services import submission
from batch.services.submission import Submission, Submitted
from common import wake as waking
from quotas import degraded
from quotas.services import effective
from tests.batch import executors
from tests.factories import UserFactory


class NoTill:
    """Counts nothing but how often it was asked."""

    def __init__(self) -> None:
        self.charged: list[int] = []
        self.taken_back = 0

    def charge(self, cost: int) -> None:
        self.charged.append(cost)

    def take_back(self) -> None:
        self.taken_back += 1


@pytest.fixture
def counting(valkey: redis.Redis) -> Iterator[redis.Redis]:
    """Return a Valkey in which nobody has been counted yet."""
    effective.memory.clear()
    degraded.shares = degraded.Shares()
    yield valkey
    valkey.flushdb()


@pytest.fixture(autouse=True)
def _answers_are_made_up(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let queries be answered at once by `executors.execute`, and messages to workers go nowhere."""
    settings.WORKFLOW_EXECUTOR = "tests.batch.executors.execute"
    executors.asked.clear()
    executors.request_ids.clear()
    monkeypatch.setattr(waking._Broker, "again_at", float("inf"))


@pytest.fixture
def user() -> User:
    return UserFactory.create()


Send = Callable[..., Submitted]


@pytest.fixture
def send(user: User) -> Send:
    """Return what sends a job of this user, or of another."""

    def send(*queries: str, by: User | None = None, key: str | None = None, **more: Any) -> Any:
        return submission.submit(
            user=by or user,
            submission=Submission("simple_search", queries, {}, **{"metadata": {}} | more),
            key=key,
            till=NoTill(),
            at=timezone.now(),
        )

    return send


def run_all(job: BatchJob) -> BatchJob:
    """Run whatever is due, and return the job as it is then."""
    while working.work().is_more:
        pass
    job.refresh_from_db()
    return job


def claim(worker: str = "me") -> Claim | None:
    """Take a query alone."""
    return next(iter(claiming.claim(worker=worker)), None)


def complete(*claims: Claim, result: bytes = b"{}") -> int:
    """Store a result for each of these; return how many were still theirs who held them."""
    endings = [Ending(one, timezone.now(), result) for one in claims]
    return len(settling.settle(endings).items)


def fail(held: Claim, failure: Failure) -> int:
    return len(settling.settle([Ending(held, timezone.now(), None, failure)]).items)
