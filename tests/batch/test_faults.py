"""Processes that are killed: the short form of `make bench-batch`."""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from multiprocessing.process import BaseProcess
from typing import Any

import pytest
from django.db import connection, connections
from django.db.models.functions import Now

from batch.models import BatchItem, BatchJob
from batch.runner import claiming, working
from batch.services import submission
from tests.batch.conftest import Send, run_all

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:.*fork"),
]
PATIENCE = 30.0
ROUNDS, WORKERS = 5, 3
MANY = 100  # queries: more than are answered before the last kill


def forked(act: Callable[..., Any], *given: Any) -> BaseProcess:
    """Do something in a process of its own, with connections of its own."""
    connections.close_all()
    child = multiprocessing.get_context("fork").Process(target=act, args=given)
    child.start()
    return child


def kill(child: BaseProcess) -> None:
    if child.pid:
        os.kill(child.pid, signal.SIGKILL)
    child.join()


def wait_for(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.02)


def let_leases_end() -> None:
    """As if half a minute had passed."""
    running = BatchItem.objects.filter(status="running")
    running.update(due_at=Now() - timedelta(seconds=1))


def answered() -> int:
    return BatchItem.objects.filter(status="completed").count()


def has_more_than(before: int) -> bool:
    return answered() > before


def test_what_a_killed_worker_had_in_hand_is_answered_by_another(send: Send) -> None:
    job = send("hang").job
    child = forked(working.work)
    wait_for(lambda: BatchItem.objects.filter(status="running").exists())

    kill(child)
    BatchItem.objects.update(query="mended")
    assert not claiming.is_any_due()
    let_leases_end()
    run_all(job)

    item = job.items.get()
    assert (job.status, item.status) == ("completed", "completed")
    assert (item.attempts, item.crashes) == (2, 1)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_job_whose_sender_dies_before_anybody_was_told_of_it_is_run(
    send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submission, "wake_workers", die)

    child = forked(send, "a")
    child.join()

    assert child.exitcode == -signal.SIGKILL
    assert claiming.is_any_due()  # which `reconcile` tells the workers
    assert run_all(BatchJob.objects.get()).status == "completed"


def test_a_job_whose_sender_dies_before_it_is_committed_never_was(
    send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = submission._written

    def write_and_die(*given: Any) -> Any:
        written(*given)
        die()

    monkeypatch.setattr(submission, "_written", write_and_die)

    child = forked(send, "a")
    child.join()

    assert not BatchJob.objects.exists()
    assert not BatchItem.objects.exists()


def test_nothing_is_lost_or_done_twice_however_often_workers_are_killed(send: Send) -> None:
    asked = [f"slow {number}" for number in range(MANY)]
    job = send(*asked).job
    for _ in range(ROUNDS):
        before = answered()
        children = [forked(working.work) for _ in range(WORKERS)]
        wait_for(partial(has_more_than, before))
        for child in children:
            kill(child)
        let_leases_end()

    run_all(job)

    assert (job.status, job.completed_tasks, job.failed_tasks) == ("completed", MANY, 0)
    items: Any = job.items.order_by("index")
    assert [item.result["query"] for item in items] == asked
    connection.close()
