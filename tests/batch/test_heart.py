"""The heart of a worker: its thread has a connection of its own, and sees what is committed."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from django.conf import LazySettings
from django.db import connection
from django.db.models.functions import Now
from django.utils import timezone

from batch.models import BatchItem, BatchJob
from batch.runner import claiming, heart, working
from batch.runner.heart import Heart
from batch.services import jobs
from tests.batch.conftest import Send, claim
from tests.fakes.hanging import HangingServer

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 20


def wait_for(is_so: Any) -> None:
    until = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.01)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let hearts beat often."""
    monkeypatch.setattr(Heart.__init__, "__kwdefaults__", {"every": 0.02})


def test_a_heart_beats_often_enough_for_a_cancellation_to_be_seen_within_five_seconds() -> None:
    assert heart.EVERY * 2 <= 5


@pytest.fixture
def upstream() -> Iterator[HangingServer]:
    """Return a server that takes requests and never answers."""
    with HangingServer() as server:
        yield server


def ask_upstream(body: Any, **_: Any) -> Any:
    """Wait for an answer of whom the query names, and turn faults into something to go on with."""
    try:
        httpx2.get(body["query"], timeout=60)
    except Exception:  # noqa: BLE001 (as a stage that can do without does)
        return {"status": "completed", "stage_results": [], "answer": {}}


def ask_postgresql(*_: Any, **__: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute("select pg_sleep(15)")


def sleeping() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "select exists (select from pg_stat_activity where query = 'select pg_sleep(15)'"
            " and state = 'active')"
        )
        return bool(cursor.fetchone()[0])


def cancelled_when(is_so: Callable[[], bool], job: BatchJob) -> threading.Thread:
    """Have a job cancelled, by somebody else, once it is so."""

    def act() -> None:
        try:
            wait_for(is_so)
            own = BatchJob.objects.of(job.user_id)
            jobs.cancel(among=own, job_id=job.pk, at=timezone.now())
        finally:
            connection.close()

    thread = threading.Thread(target=act)
    thread.start()
    return thread


@pytest.mark.usefixtures("quick")
@pytest.mark.allow_hosts(["127.0.0.1"])
def test_a_cancelled_query_is_left_though_its_upstream_never_answers(
    send: Send, settings: LazySettings, upstream: HangingServer
) -> None:
    job = send(upstream.url, "never begun").job
    settings.WORKFLOW_EXECUTOR = f"{__name__}.ask_upstream"
    began, other = time.monotonic(), cancelled_when(upstream.is_asked, job)

    working.work()
    other.join()

    assert time.monotonic() - began < PATIENCE
    told = job.items.values_list("status", "result")
    assert set(told) == {("cancelled", None)}
    job.refresh_from_db()
    assert (job.status, job.cancelled_tasks, job.completed_tasks) == ("cancelled", 2, 0)


@pytest.mark.usefixtures("quick")
def test_a_cancelled_query_takes_its_statement_with_it(send: Send, settings: LazySettings) -> None:
    job = send("a").job
    settings.WORKFLOW_EXECUTOR = f"{__name__}.ask_postgresql"
    other = cancelled_when(sleeping, job)

    working.work()
    other.join()

    assert job.items.get().status == "cancelled"
    wait_for(lambda: not sleeping())


def test_a_cancelled_query_is_given_up_at_its_next_stage(send: Send, user: Any) -> None:
    job = send("a").job
    held = claim()
    assert held is not None
    with Heart(every=0.01) as beating:
        beating.take([held])
        beating.begin(held)

        jobs.cancel(among=BatchJob.objects.of(user.pk), job_id=job.pk, at=timezone.now())

        wait_for(beating._is_lost)
        with pytest.raises(working.NotOurs):
            working.answer(held, beating)
    assert job.items.get().status == "cancelled"


def test_the_heart_holds_a_query_longer_than_its_lease(send: Send) -> None:
    send("a")
    held = claim()
    assert held is not None
    BatchItem.objects.update(due_at=Now() - timedelta(seconds=1))

    with Heart(every=0.01) as beating:
        beating.take([held])
        beating.begin(held)
        wait_for(lambda: not BatchItem.objects.due().exists())

    assert BatchItem.objects.get().due_at > timezone.now() + timedelta(seconds=20)


def test_what_waits_behind_a_long_query_is_given_to_others(send: Send) -> None:
    job = send("long", "b", "c").job
    claims = claiming.claim(worker="me", most=3)

    with Heart(every=0.01) as beating:
        beating.take(claims)
        beating.begin(claims[0])
        wait_for(lambda: job.items.filter(status="pending").count() == 2)
        others = claiming.claim(worker="other", most=3)

        assert [one.query for one in others] == ["b", "c"]
        wait_for(lambda: not beating.unbegun())
        with pytest.raises(working.NotOurs):
            beating.begin(claims[1])
    assert job.items.get(query="long").status == "running"
