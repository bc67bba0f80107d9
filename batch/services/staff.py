"""What staff do to jobs that are not theirs: each step is in the audit log."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from accounts import audit
from accounts.models import Action, User
from batch.models import BatchItem, BatchJob, Delivery
from batch.services import jobs
from batch.services.jobs import JobFinished, NothingToRetry
from batch.states import ItemState
from batch.tasks import send_webhooks, wake_workers
from common.wake import wake


def cancel(*, job_ids: Sequence[UUID], actor: User | None, at: datetime) -> int:
    """Cancel those of these jobs that have not ended; say how many."""
    count = 0
    for job_id in job_ids:
        try:
            with transaction.atomic():
                job = jobs.cancel(among=BatchJob.objects.all(), job_id=job_id, at=at)
                _record(Action.BATCH_CANCELLED, job, actor, at)
        except JobFinished:
            continue
        count += 1
    return count


def retry(*, job_ids: Sequence[UUID], actor: User | None, at: datetime) -> int:
    """Run the failed queries of these jobs again, at no cost to their owners; say of how many jobs.

    :raises TooManyJobs: if an owner has as many waiting or running as may
    """
    count = 0
    for job_id in job_ids:
        try:
            with transaction.atomic():
                job = jobs.retry(among=BatchJob.objects.all(), job_id=job_id, till=None, at=at)
                _record(Action.BATCH_RETRIED, job, actor, at)
        except NothingToRetry:
            continue
        count += 1
    return count


@transaction.atomic
def requeue(*, item_ids: Sequence[UUID], actor: User | None, at: datetime) -> int:
    """Take queries from whoever runs them, and have them begun anew at once; say how many."""
    running = BatchItem.objects.filter(pk__in=item_ids, status=ItemState.RUNNING)
    jobs_of_them = BatchJob.objects.locked().filter(pk__in=running.values("job"))
    list(jobs_of_them.order_by("pk"))  # before their queries, as everybody locks them
    count = running.update(status=ItemState.PENDING, due_at=Now(), worker="")
    if count:
        after = {"queries": count}
        audit.record(Action.BATCH_REQUEUED, at=at, actor=actor, after=after)
        transaction.on_commit(wake_workers)
    return count


def running_items(*, job_ids: Sequence[UUID]) -> list[UUID]:
    """Return the queries of these jobs that somebody runs."""
    running = BatchItem.objects.filter(job__in=job_ids, status=ItemState.RUNNING)
    return list(running.values_list("pk", flat=True))


@transaction.atomic
def send_again(*, delivery_ids: Sequence[UUID], actor: User | None, at: datetime) -> int:
    """Let messages that did not arrive be sent anew, also those given up; say how many."""
    unsent = Delivery.objects.filter(pk__in=delivery_ids, delivered_at__isnull=True)
    count = unsent.update(next_at=at, attempts=0, given_up_at=None)
    if count:
        audit.record(Action.WEBHOOKS_SENT_AGAIN, at=at, actor=actor, after={"messages": count})
        transaction.on_commit(lambda: wake(send_webhooks))
    return count


def _record(action: Action, job: BatchJob, actor: User | None, at: datetime) -> None:
    audit.record(action, at=at, actor=actor, subject=job.user, thing=job.pk)
