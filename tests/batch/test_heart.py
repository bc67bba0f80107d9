"""The heart of a worker: its thread has a connection of its own, and sees what is committed."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from batch.models import BatchItem, BatchJob
from batch.runner import working
from batch.runner.claiming import claim
from batch.runner.heart import Heart
from batch.services import jobs
from tests.batch.conftest import Send

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 20


def wait_for(is_so: Any) -> None:
    until = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_a_cancelled_query_is_given_up_at_its_next_stage(send: Send, user: Any) -> None:
    job = send("a").job
    held = claim(worker="me")
    assert held is not None
    with Heart(every=0.01) as heart:
        heart.take(held)
        heart.require_ours()

        jobs.cancel(among=BatchJob.objects.of(user.pk), job_id=job.pk, at=timezone.now())

        wait_for(lambda: heart._is_lost)
        assert working.run(held, heart) is False
    assert job.items.get().status == "cancelled"


def test_the_heart_holds_a_query_longer_than_its_lease(send: Send) -> None:
    send("a")
    held = claim(worker="me")
    assert held is not None
    BatchItem.objects.update(due_at=Now() - timedelta(seconds=1))

    with Heart(every=0.01) as heart:
        heart.take(held)
        wait_for(lambda: not BatchItem.objects.due().exists())

    assert BatchItem.objects.get().due_at > timezone.now() + timedelta(seconds=20)
