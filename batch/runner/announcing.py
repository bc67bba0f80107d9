"""Telling a webhook of a job that ended: written with the end itself, sent by a worker later."""

from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction

from batch.models import BatchJob, Delivery
from common.renderers import FastJSONRenderer
from monitoring import metrics

EVENT = "batch.job."


def announce(job: BatchJob, *, at: datetime) -> None:
    """Count a job that has ended, and write the message of it, if its owner wants one."""
    seconds = (at - job.created_at).total_seconds()
    ended = metrics.batch_job_seconds.labels(job.workflow_type, job.status)
    transaction.on_commit(partial(ended.observe, seconds))
    if not job.webhook_url:
        return
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
