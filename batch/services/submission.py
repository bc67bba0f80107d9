"""Sending a job: counted, limited and written in one transaction, or not at all."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Protocol
from uuid import UUID

import orjson
from django.conf import settings
from django.db import connection, transaction

from accounts.models import User
from batch.models import BatchJob
from batch.states import JobState
from batch.tasks import wake_workers
from common import request_id
from common.errors import OracleError, TooManyRequests
from common.ids import uuid7
from quotas.services import effective

KEY_LASTS = timedelta(hours=24)
RETRY_AFTER = 30  # seconds: a job may end at any time
INSERT = """
insert into batch_job_items (id, job_id, index, query, status, attempts, faults, crashes, fence,
    due_at, worker, error, error_code)
select asked.id, %s, asked.nth - 1, asked.query, 'pending', 0, 0, 0, 0, now(), '', '', ''
from unnest(%s::uuid[], %s::text[]) with ordinality as asked (id, query, nth)
"""


class TooManyQueries(OracleError):
    """More queries than the tier has in one job."""

    @classmethod
    def than(cls, limit: int) -> "TooManyQueries":
        message = f"Your tier includes {limit:,} queries a job: send them in several jobs."
        return cls(message, extra={"errors": {"queries": [message]}})


class TooManyJobs(TooManyRequests):
    """As many jobs of the user are waiting or running as may."""

    code = "concurrency_limited"


class KeyReused(OracleError):
    """The idempotency key belongs to another request."""

    status = 422
    code = "idempotency_mismatch"


class Till(Protocol):
    """Counts queries for somebody, and takes that back."""

    def charge(self, cost: int) -> None:
        """Count, or refuse by raising."""

    def take_back(self) -> None:
        """Undo what was counted."""


@dataclass(frozen=True, slots=True)
class Submission:
    """What somebody sends, in the form in which it is kept."""

    workflow_type: str
    queries: Sequence[str]
    parameters: Mapping[str, Any]
    metadata: Mapping[str, Any]
    webhook_url: str = ""
    is_workflow: bool = False

    @property
    def digest(self) -> str:
        return sha256(orjson.dumps(asdict(self), option=orjson.OPT_SORT_KEYS)).hexdigest()


@dataclass(frozen=True, slots=True)
class Submitted:
    """A job that was sent, now or, with the same key, before."""

    job: BatchJob
    is_replayed: bool = False


def submit(
    *, user: User, submission: Submission, key: str | None, till: Till, at: datetime
) -> Submitted:
    """Have all queries run in the background.

    :param key: of several submissions with one key only the first is done
    :raises TooManyQueries: if the tier does not include so many in one job
    :raises KeyReused: if the key was used for something else within a day
    :raises TooManyJobs: if as many jobs of the user are waiting or running as may
    :raises LimitReached: if there is no room for all queries; then none is counted
    """
    try:
        with transaction.atomic():
            return _submit(user, submission, key, till, at)
    except Exception:
        till.take_back()
        raise


def alone(user_id: UUID) -> None:
    """Keep other submissions of this user out until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"batch:{user_id}"]
        )


def require_place(user: User) -> None:
    """Go on only if one more job of the user may run. To be called by who is alone with them.

    :raises TooManyJobs: if as many are waiting or running as may
    """
    limit = effective.memory.get(user).limits.concurrent_jobs
    if limit is not None and BatchJob.objects.of(user.pk).unfinished().count() >= limit:
        raise TooManyJobs(
            f"{limit} jobs of yours are waiting or running. Wait until one has ended, or cancel one.",
            retry_after=RETRY_AFTER,
            policy="concurrent_jobs",
        )


def _submit(
    user: User, submission: Submission, key: str | None, till: Till, at: datetime
) -> Submitted:
    alone(user.pk)
    if key is not None and (before := _sent_with(user, key, submission, at)):
        return Submitted(before, is_replayed=True)
    limit = effective.memory.get(user).limits.queries_per_job
    if limit is not None and len(submission.queries) > limit:
        raise TooManyQueries.than(limit)
    require_place(user)
    # 50 ms at most: to count before the transaction would count replays and refused jobs.
    till.charge(len(submission.queries))
    job = _written(user, submission, key, at)
    transaction.on_commit(wake_workers)
    return Submitted(job)


def _sent_with(user: User, key: str, submission: Submission, at: datetime) -> BatchJob | None:
    """Return the job that was sent with a key, as it was then."""
    job = BatchJob.objects.of(user.pk).light().filter(idempotency_key=key).first()
    if job is None:
        return None
    if job.created_at <= at - KEY_LASTS:
        BatchJob.objects.filter(pk=job.pk).update(idempotency_key=None)
        return None
    if job.body_digest != submission.digest:
        raise KeyReused
    job.status, job.progress, job.error_message = JobState.PENDING, 0.0, ""
    job.completed_tasks = job.failed_tasks = job.cancelled_tasks = 0
    job.started_at = job.completed_at = None
    return job


def _written(user: User, submission: Submission, key: str | None, at: datetime) -> BatchJob:
    count = len(submission.queries)
    job = BatchJob.objects.create(
        user=user,
        **asdict(submission),
        weight=settings.BATCH_WEIGHTS.get(user.tier, 1),
        total_tasks=count,
        charged=count,
        idempotency_key=key,
        body_digest=submission.digest if key is not None else "",
        request_id=request_id.current() or "",
        created_at=at,
        charged_at=at,
    )
    ids = [job.pk] if submission.is_workflow else [uuid7() for _ in range(count)]
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [job.pk, ids, list(submission.queries)])
    return job
