"""Many submissions at once: limits and keys hold to the last one."""

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
import redis
from django.db import connection
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import User
from batch.models import BatchJob
from batch.services import jobs
from batch.services.submission import Submission, submit
from batch.views.jobs import RequestTill
from common.errors import OracleError
from quotas import limiter
from quotas.models import Override, UsageLog
from quotas.services import effective, requests
from tests.batch.conftest import NoTill
from tests.factories import UserFactory
from tests.quotas.own_valkey import OwnValkey

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 50
THREADS = 10


def at_once(act: Callable[[], Any], times: int = AT_ONCE) -> list[Any]:
    """Do something so often, from several threads; return what came of it, or the refusals' codes."""
    barrier = Barrier(THREADS)

    def some(_: int) -> list[Any]:
        barrier.wait(20)
        done: list[Any] = []
        try:
            for _ in range(times // THREADS):
                try:
                    done.append(act())
                except OracleError as refusal:
                    done.append(refusal.code)
            return done
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return [one for part in pool.map(some, range(THREADS)) for one in part]


def a_submission(count: int = 2) -> Submission:
    return Submission("simple_search", ["liver"] * count, {}, {})


def a_till(user: User) -> RequestTill:
    """Return what counts as a request of this user does."""
    request: Any = HttpRequest()
    requests.charge_of(request).user = user
    return RequestTill(type("Request", (), {"_request": request, "user": user})())


def test_of_fifty_submissions_with_one_key_one_is_a_job(user: User) -> None:
    till = NoTill()

    answers = at_once(
        lambda: submit(
            user=user, submission=a_submission(), key="one", till=till, at=timezone.now()
        )
    )

    assert {one.job.pk for one in answers} == {BatchJob.objects.get().pk}
    assert Counter(one.is_replayed for one in answers) == {False: 1, True: AT_ONCE - 1}
    assert till.charged == [2]


def test_of_fifty_jobs_at_once_as_many_are_taken_as_the_tier_has(user: User) -> None:
    answers = at_once(
        lambda: submit(
            user=user, submission=a_submission(), key=None, till=NoTill(), at=timezone.now()
        )
    )

    assert answers.count("concurrency_limited") == AT_ONCE - 5
    assert BatchJob.objects.count() == 5
    assert jobs.running_of(user=user) == 5


@pytest.fixture
def limited() -> User:
    made = UserFactory.create()
    values = {"hour": 25, "concurrent_jobs": None}
    Override.objects.create(user=made, values=values, reason="a test")
    effective.memory.clear()
    return made


def submitted_by(user: User) -> Any:
    return submit(
        user=user, submission=a_submission(10), key=None, till=a_till(user), at=timezone.now()
    )


def test_queries_are_counted_all_or_none_and_never_past_the_limit(
    limited: User, counting: redis.Redis
) -> None:
    answers = at_once(lambda: submitted_by(limited), THREADS)

    assert answers.count("rate_limited") == THREADS - 2
    assert BatchJob.objects.count() == 2


@pytest.fixture
def no_valkey(settings: Any) -> Iterator[None]:
    """Let Valkey be away: it was there a moment ago."""
    with tempfile.TemporaryDirectory() as folder:
        own = OwnValkey(Path(folder))
        own.start()
        with own.client() as client:
            client.set(limiter.EPOCH, "1")
        settings.REDIS_URL = own.url
        own.kill()
        yield


@pytest.mark.usefixtures("counting", "no_valkey")
def test_without_valkey_postgresql_counts_as_exactly(limited: User) -> None:
    answers = at_once(lambda: submitted_by(limited), THREADS)

    assert answers.count("rate_limited") == THREADS - 2
    assert BatchJob.objects.count() == 2
    assert sum(UsageLog.objects.values_list("cost", flat=True)) == 20
