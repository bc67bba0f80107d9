"""Workflows: those that ran while somebody waited, and those in the background, which are jobs."""

import contextlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.models import User
from batch.background import told_of
from batch.models import BatchItem, BatchJob
from batch.services import jobs, submission
from batch.services.jobs import JobFinished
from batch.services.submission import Submission, Till
from discovery.rendered_reports import workflow_answer
from discovery.services import workflows

OF_THE_JOB = frozenset({"workflow_type", "query", "background"})


def submit(
    *, user: User, asked: Mapping[str, Any], webhook_url: str, till: Till, at: datetime
) -> dict[str, Any]:
    """Have a workflow run in the background, and return it as it is told of.

    :param asked: the body of the call, as far as it is valid
    :raises TooManyJobs: if as many jobs of the user are waiting or running as may
    """
    sent = Submission(
        workflow_type=asked["workflow_type"],
        queries=[asked.get("query", "")],
        parameters={name: value for name, value in asked.items() if name not in OF_THE_JOB},
        metadata={},
        webhook_url=webhook_url,
        is_workflow=True,
    )
    job = submission.submit(user=user, submission=sent, key=None, till=till, at=at).job
    return told_of(job, job.items.get())


def find(*, user_id: UUID, workflow_id: UUID) -> dict[str, Any]:
    """Return a workflow of this user as it is told of.

    :raises WorkflowUnknown: if they have none with this id
    """
    item = BatchItem.objects.of_workflow(user_id=user_id, workflow_id=workflow_id).first()
    if item is not None:
        return told_of(item.job, item)
    return workflow_answer(workflows.find(user_id=user_id, workflow_id=workflow_id))


@transaction.atomic
def forget(*, user_id: UUID, workflow_id: UUID, at: datetime) -> None:
    """Forget a workflow; one that runs is cancelled.

    :raises WorkflowUnknown: if the user has none with this id
    """
    own = BatchJob.objects.of(user_id)
    job = own.light().filter(pk=workflow_id, is_workflow=True).first()
    if job is None:
        workflows.delete(user_id=user_id, workflow_id=workflow_id)
        return
    with contextlib.suppress(JobFinished):
        jobs.cancel(among=own, job_id=job.pk, at=at)
    BatchItem.objects.filter(job=job).delete()
    job.delete()
