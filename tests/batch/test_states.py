"""States: what may follow what. PostgreSQL refuses all else, whoever asks."""

from itertools import product
from typing import Any

import pytest
from django.db import DataError, IntegrityError, transaction
from django.utils import timezone

from batch.models import BatchItem, BatchJob
from batch.states import ITEM_MOVES, JOB_MOVES, ItemState, JobState
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
NOW = timezone.now()
# What a row in a state must have besides.
JOB_FIELDS: dict[JobState, dict[str, Any]] = {
    JobState.PENDING: {"completed_at": None, "completed_tasks": 0, "failed_tasks": 0},
    JobState.RUNNING: {"completed_at": None, "completed_tasks": 0, "failed_tasks": 0},
    JobState.COMPLETED: {"completed_at": NOW, "completed_tasks": 1, "failed_tasks": 0},
    JobState.FAILED: {"completed_at": NOW, "completed_tasks": 0, "failed_tasks": 1},
    JobState.CANCELLED: {"completed_at": NOW, "completed_tasks": 1, "failed_tasks": 0},
}
ITEM_FIELDS: dict[ItemState, dict[str, Any]] = {
    ItemState.PENDING: {"finished_at": None, "result": None, "error": ""},
    ItemState.RUNNING: {"finished_at": None, "result": None, "error": ""},
    ItemState.COMPLETED: {"finished_at": NOW, "result": {"a": 1}, "error": ""},
    ItemState.FAILED: {"finished_at": NOW, "result": None, "error": "It failed."},
    ItemState.CANCELLED: {"finished_at": NOW, "result": None, "error": ""},
}


def a_job(state: JobState = JobState.PENDING) -> BatchJob:
    return BatchJob.objects.create(
        user=UserFactory.create(), queries=["a"], total_tasks=1, status=state, **JOB_FIELDS[state]
    )


def is_taken(rows: Any, **changes: Any) -> bool:
    try:
        with transaction.atomic():
            return bool(rows.update(**changes) == 1)
    except (IntegrityError, DataError):
        return False


def test_jobs_go_where_the_table_says_and_nowhere_else() -> None:
    moved = {
        (before, after)
        for before, after in product(JobState, JobState)
        if before != after
        and is_taken(
            BatchJob.objects.filter(pk=a_job(before).pk), status=after, **JOB_FIELDS[after]
        )
    }

    assert moved == {(before, after) for before, to in JOB_MOVES.items() for after in to}


def test_items_go_where_the_table_says_and_nowhere_else() -> None:
    job, moved = a_job(), set()
    for number, (before, after) in enumerate(product(ItemState, ItemState)):
        item = BatchItem.objects.create(
            job=job, index=number, query="a", status=before, **ITEM_FIELDS[before]
        )
        rows = BatchItem.objects.filter(pk=item.pk)
        if before != after and is_taken(rows, status=after, **ITEM_FIELDS[after]):
            moved.add((before, after))

    assert moved == {(before, after) for before, to in ITEM_MOVES.items() for after in to}


@pytest.mark.parametrize(
    "changes",
    [
        {"completed_tasks": 2},
        {"status": "running", "completed_at": NOW},
        {"status": "running", "completed_tasks": 1},
        {"status": "cancelled", "completed_at": NOW},
        {"status": "lost"},
        {"total_tasks": 0},
        {"refunded": 1},
    ],
)
def test_a_job_that_cannot_be_is_refused(changes: dict[str, Any]) -> None:
    assert not is_taken(BatchJob.objects.filter(pk=a_job().pk), **changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "running", "result": {"a": 1}},
        {"status": "running", "finished_at": NOW},
        {"status": "cancelled", "finished_at": None},
    ],
)
def test_an_item_that_cannot_be_is_refused(changes: dict[str, Any]) -> None:
    item = BatchItem.objects.create(job=a_job(), index=0, query="a")

    assert not is_taken(BatchItem.objects.filter(pk=item.pk), **changes)
