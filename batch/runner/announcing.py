"""What follows from a job's end, in the same transaction: a message to its webhook, and to its asker's history."""

from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction

from batch import live
from batch.background import told_of
from batch.models import BatchJob, Delivery
from common.renderers import FastJSONRenderer
from history.services import recording
from monitoring import metrics

EVENT = "batch.job."


def announce(job: BatchJob, *, at: datetime) -> None:
    """Write that a job has ended wherever that is to be known, and count it."""
    seconds = (at - job.created_at).total_seconds()
    ended = metrics.batch_job_seconds.labels(job.workflow_type, job.status)
    transaction.on_commit(partial(ended.observe, seconds))
    if job.is_workflow:
        _tell_of_workflow(job)
    if job.webhook_url:
        _write(job, at)


def _tell_of_workflow(job: BatchJob) -> None:
    item = job.items.get()
    told = told_of(job, item)
    recording.note_end(user_id=job.user_id, workflow_id=job.pk, answer=told)
    live.tell_end_of_workflow(told, attempts=item.attempts)


def _write(job: BatchJob, at: datetime) -> None:
    event = f"{EVENT}{job.status}"
    message = {"type": event, "timestamp": at, "data": facts(job)}
    Delivery.objects.create(
        job=job,
        event=event,
        url=job.webhook_url,
        payload=FastJSONRenderer().render(message).decode(),
        created_at=at,
        next_at=at,
    )


def facts(job: BatchJob) -> dict[str, Any]:
    """Return what a message says of a job: how it ended, not what was asked or answered."""
    return {
        "id": job.pk,
        "status": job.status,
        "workflow_type": job.workflow_type,
        "total_tasks": job.total_tasks,
        "completed_tasks": job.completed_tasks,
        "failed_tasks": job.failed_tasks,
        "cancelled_tasks": job.cancelled_tasks,
        "metadata": job.metadata,
        "created_at": job.created_at,
        "started_at": job.started_at,
        "completed_at": job.completed_at,
    }
