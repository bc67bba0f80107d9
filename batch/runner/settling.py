"""Ending queries: each once, by whoever holds the present fence, and their job with the last one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import orjson
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from batch import live
from batch.models import BatchItem, BatchJob
from batch.runner import announcing
from batch.runner.claiming import LEASE, Claim
from batch.states import ItemState
from monitoring import metrics

# Whoever changes several queries of a job locks the job first: so nobody waits in a circle.
CHANGE = """
with job as (select id from batch_jobs where id = %s for no key update)
update batch_job_items item set {changes}
from job, unnest(%s::uuid[], %s::bigint[]) as ours (id, fence)
where item.job_id = job.id and item.id = ours.id and item.fence = ours.fence
    and item.status = 'running'
returning item.id
"""
HOLD = CHANGE.format(changes="due_at = clock_timestamp() + %s * interval '1 second'")
GIVE_BACK = CHANGE.format(
    changes="status = 'pending', attempts = attempts - 1, due_at = now(), worker = ''"
)
# One document: of arrays, each quotation mark in a result would have to be escaped on its way.
END = """
update batch_job_items item set
    status = done.status, result = done.result, error = done.error, error_code = done.code,
    started_at = coalesce(item.started_at, done.began_at), finished_at = %s, worker = ''
from jsonb_to_recordset(%s::jsonb) as done
    (id uuid, fence bigint, status text, result jsonb, error text, code text, began_at timestamptz)
where item.id = done.id and item.fence = done.fence and item.status = 'running'
returning item.id
"""


class NotOurs(Exception):
    """The query was cancelled or taken over meanwhile: what came of it is thrown away."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a query failed: a code for programs, a sentence for people."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Ending:
    """How a query ended: with a result (JSON), or with a failure for good."""

    claim: Claim
    began_at: datetime
    result: bytes | None = None
    failure: Failure | None = None

    @property
    def state(self) -> ItemState:
        return ItemState.COMPLETED if self.failure is None else ItemState.FAILED

    def row(self) -> dict[str, object]:
        failure = self.failure or Failure("", "")
        return {
            "id": self.claim.item_id,
            "fence": self.claim.fence,
            "status": self.state,
            "result": None if self.result is None else orjson.Fragment(self.result),
            "error": failure.detail,
            "code": failure.code,
            "began_at": self.began_at,
        }


@dataclass(frozen=True, slots=True)
class Settled:
    """Which queries have ended: those that were still ours. And whether their job has, with them."""

    items: frozenset[UUID] = frozenset()
    is_job_over: bool = False


@transaction.atomic
def settle(endings: Sequence[Ending]) -> Settled:
    """Store what came of queries of one job, and count them; what is not ours any more is left out."""
    job = BatchJob.objects.locked().filter(pk=endings[0].claim.job_id).first()
    if job is None:  # its owner is gone, and all that was theirs
        return Settled()
    at: datetime = timezone.now()
    with connection.cursor() as cursor:
        rows = orjson.dumps([one.row() for one in endings]).decode()
        cursor.execute(END, [at, rows])
        ended = frozenset(row[0] for row in cursor.fetchall())
    ours = [one for one in endings if one.claim.item_id in ended]
    if not ours:
        return Settled()
    failed = sum(one.failure is not None for one in ours)
    job.count(completed=len(ours) - failed, failed=failed, at=at)
    transaction.on_commit(partial(_count, ours))
    live.tell_items(job, [_told(one) for one in ours])
    if job.is_finished:
        announcing.announce(job, at=at)
    return Settled(ended, job.is_finished)


def _count(endings: Sequence[Ending]) -> None:
    for one in endings:
        metrics.batch_queries.labels(one.state).inc()


def postpone(claim: Claim, failure: Failure, *, wait: timedelta) -> None:
    """Have a query tried again later.

    :raises NotOurs: if it is not ours any more
    """
    held = BatchItem.objects.held(item_id=claim.item_id, fence=claim.fence)
    count = held.update(
        status=ItemState.PENDING,
        faults=F("faults") + 1,
        due_at=Now() + wait,
        worker="",
        error=failure.detail,
        error_code=failure.code,
    )
    if not count:
        raise NotOurs


def note_stage(claim: Claim, results: Sequence[dict[str, Any]], percent: int) -> None:
    """Write how far a workflow in the background is, and tell of it.

    :raises NotOurs: if it is not ours any more
    """
    held = BatchItem.objects.held(item_id=claim.item_id, fence=claim.fence)
    if not held.update(stages={"results": list(results), "percent": percent}):
        raise NotOurs
    live.tell_stage(claim.item_id, results[-1], percent=percent, attempts=claim.attempts)


def hold(claims: Sequence[Claim]) -> set[UUID]:
    """Go on holding queries of one job; return which of them are still ours."""
    return _change(HOLD, claims, LEASE.total_seconds())


def give_back(claims: Sequence[Claim]) -> set[UUID]:
    """Let others begin queries of one job that were taken and not begun; return which of them."""
    return _change(GIVE_BACK, claims)


def _change(statement: str, claims: Sequence[Claim], *more: float) -> set[UUID]:
    if not claims:
        return set()
    ids, fences = [one.item_id for one in claims], [one.fence for one in claims]
    with connection.cursor() as cursor:
        cursor.execute(statement, [claims[0].job_id, *more, ids, fences])
        return {row[0] for row in cursor.fetchall()}


def _told(ending: Ending) -> live.Ended:
    error = ending.failure.detail if ending.failure else None
    return live.Ended(ending.claim.index, ending.state, error)
