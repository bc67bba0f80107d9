"""Jobs that were sent: found, cancelled, run again. Whose they are, the given jobs say."""

from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models.functions import Now

from accounts.models import User
from batch import live
from batch.models import BatchItem, BatchJob, BatchJobQuerySet, Delivery
from batch.runner import announcing
from batch.services import submission
from batch.services.submission import Till
from batch.states import ItemState, JobState
from batch.tasks import send_webhooks, wake_workers
from common.errors import OracleError
from common.wake import wake
from quotas.services import counting

logger = structlog.get_logger(__name__)


class JobUnknown(OracleError):
    """There is no such job, or it is somebody else's."""

    status = 404
    code = "not_found"
    detail = "You have no such job. Jobs that have ended are kept for a limited time."


class JobFinished(OracleError):
    """It is too late to cancel."""

    status = 409
    code = "conflict"
    detail = "This job has ended already."


class NothingToRetry(OracleError):
    """No query of the job can be run again."""

    status = 409
    code = "conflict"
    detail = "No query of this job has failed."


def find(*, among: BatchJobQuerySet, job_id: UUID) -> BatchJob:
    """Return a job.

    :raises JobUnknown: if it is not among these
    """
    job = among.light().filter(pk=job_id).first()
    if job is None:
        raise JobUnknown
    return job


@transaction.atomic
def cancel(*, among: BatchJobQuerySet, job_id: UUID, at: datetime) -> BatchJob:
    """End a job: what is done stays, nothing is written from now on, what never ran is not charged.

    :raises JobUnknown: if it is not among these
    :raises JobFinished: if it has ended
    """
    job = _locked(among, job_id)
    if job.is_finished:
        raise JobFinished
    items = BatchItem.objects.filter(job=job)
    never_run = items.filter(status=ItemState.PENDING, started_at__isnull=True)
    unspent = never_run.update(status=ItemState.CANCELLED, finished_at=at)
    begun = items.open().update(status=ItemState.CANCELLED, finished_at=at, worker="")
    refunded = min(unspent, job.charged - job.refunded)
    job.cancel(items=unspent + begun, refunded=refunded, at=at)
    announcing.announce(job, at=at)
    live.tell_end(job)
    transaction.on_commit(partial(_give_back, job, refunded))
    transaction.on_commit(partial(wake, send_webhooks))
    return find(among=among, job_id=job_id)


def retry(*, among: BatchJobQuerySet, job_id: UUID, till: Till | None, at: datetime) -> BatchJob:
    """Have the failed queries run again: they count anew, and the job needs a place again.

    :param till: counts them; None: they count nothing
    :raises JobUnknown: if it is not among these
    :raises NothingToRetry: if none has failed, or the job was cancelled
    :raises TooManyJobs: if as many jobs of the owner are waiting or running as may
    :raises LimitReached: if there is no room for all of them
    """
    try:
        with transaction.atomic():
            return _retry(among, job_id, till, at)
    except Exception:
        if till is not None:
            till.take_back()
        raise


def running_of(*, user: User) -> int:
    """Return how many jobs of a user are waiting or running (named in settings, for quotas)."""
    return BatchJob.objects.of(user.pk).unfinished().count()


def of_user(*, user: User) -> list[dict[str, Any]]:
    """Return what is stored of a person's jobs, for their export."""
    fields = (
        *("id", "workflow_type", "queries", "parameters", "metadata", "webhook_url", "status"),
        *("results", "error_message", "created_at", "started_at", "completed_at"),
    )
    found = BatchJob.objects.of(user.pk).order_by("-pk").values(*fields)
    return [{**job, "answers": _answers_of(job["id"])} for job in found]


def deliveries_of(*, among: BatchJobQuerySet, job_id: UUID) -> Any:
    """Return the messages to webhooks about a job.

    :raises JobUnknown: if it is not among these
    """
    return Delivery.objects.filter(job=find(among=among, job_id=job_id))


def _retry(among: BatchJobQuerySet, job_id: UUID, till: Till | None, at: datetime) -> BatchJob:
    owner = find(among=among, job_id=job_id).user
    submission.alone(owner.pk)
    job = _locked(among, job_id)
    if job.status == JobState.CANCELLED or not job.failed_tasks:
        raise NothingToRetry
    if job.is_finished:
        submission.require_place(owner)
    if till is not None:
        till.charge(job.failed_tasks)
    failed = BatchItem.objects.filter(job=job, status=ItemState.FAILED)
    count = failed.update(
        status=ItemState.PENDING,
        due_at=Now(),
        faults=0,
        crashes=0,
        error="",
        error_code="",
        started_at=None,
        finished_at=None,
    )
    job.begin_again(items=count, is_charged=till is not None, at=at)
    live.tell_begun(job)
    transaction.on_commit(wake_workers)
    return find(among=among, job_id=job_id)


def _locked(among: BatchJobQuerySet, job_id: UUID) -> BatchJob:
    job = among.locked().filter(pk=job_id).first()
    if job is None:
        raise JobUnknown
    return job


def _answers_of(job_id: UUID) -> list[dict[str, Any]]:
    items = BatchItem.objects.filter(job=job_id).order_by("index")
    told = items.values("index", "status", "result", "error", "finished_at")
    return [dict(row) for row in told]


def _give_back(job: BatchJob, cost: int) -> None:
    if not cost:
        return
    if not counting.refund(user_id=job.user_id, cost=cost, counted_at=job.charged_at):
        logger.warning("a refund was lost", job=str(job.pk), cost=cost)
