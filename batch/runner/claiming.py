"""Taking the next queries to run them: by a lottery among those whose queries wait.

First a user is drawn, with chances by the weight of their jobs, then one of their jobs, then its
first queries that are due. So nobody waits for somebody else's thousands of queries, nor a small job
for a big one of the same user; and nobody has to remember whose turn it was.

Several are taken at once only if none was begun before. What comes back from a process that died is
taken alone, so that a crash is counted for the query that it belongs to, and for no other.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from django.db import connection, transaction

from batch import live
from batch.models import BatchJob

LEASE = timedelta(seconds=30)
TRIES = 3  # a query that was due may be somebody else's by the time one takes it
DRAW = """
with open as materialized (
    select job.id, job.user_id, job.weight from batch_jobs job
    where job.status in ('pending', 'running') and exists (
        select from batch_job_items item
        where item.job_id = job.id and item.status in ('pending', 'running')
            and item.due_at <= statement_timestamp()
    )
), drawn as (
    select user_id from open group by user_id
    order by -ln(1 - random()) / max(weight) limit 1
)
select id from open join drawn using (user_id) order by random() limit 1
"""
# The job before its items, as everybody locks them.
BEGIN = """
update batch_jobs set status = 'running', started_at = coalesce(started_at, now())
where id = %s and status = 'pending'
"""
# `started_at` says that the query itself was begun: of several that is known when they end.
TAKE = """
with due as (
    select id, attempts, due_at, index from batch_job_items
    where job_id = %(job)s and status in ('pending', 'running') and due_at <= statement_timestamp()
    order by due_at, index limit %(most)s for update skip locked
), first as (
    select id, attempts from due order by due_at, index limit 1
), next as (
    select due.id, count(*) over () as several from due, first
    where due.id = first.id or (due.attempts = 0 and first.attempts = 0)
)
update batch_job_items item set
    crashes = crashes + (item.status = 'running' and item.started_at is not null)::int,
    status = 'running', attempts = attempts + 1, fence = fence + 1, worker = %(worker)s,
    due_at = clock_timestamp() + %(lease)s * interval '1 second',
    stages = null, started_at = case when several = 1 then coalesce(item.started_at, now()) end
from next, batch_jobs job
where item.id = next.id and job.id = item.job_id
returning item.id, item.job_id, item.index, item.query, item.fence, item.faults, item.crashes,
    item.attempts, job.is_workflow, job.workflow_type, job.parameters::text, job.created_at, job.request_id
"""


Key = tuple[UUID, int]  # an item, and the fence of who runs it


@dataclass(frozen=True, slots=True)
class Claim:
    """A query that is ours to run until its lease ends."""

    item_id: UUID
    job_id: UUID
    index: int
    query: str
    fence: int
    faults: int
    crashes: int
    attempts: int
    is_workflow: bool
    workflow_type: str
    parameters: Mapping[str, Any]
    submitted_at: datetime
    request_id: str

    @property
    def key(self) -> Key:
        return self.item_id, self.fence


COLUMNS = [column.name for column in fields(Claim)]  # as `TAKE` returns them


def claim(*, worker: str, most: int = 1) -> list[Claim]:
    """Take queries of one job that are due, at most so many; none if there are none."""
    for _ in range(TRIES):
        job_id = _drawn()
        if job_id is None:
            return []
        taken = _take(job_id, worker, most)
        if taken:
            return taken
    return []


def is_any_due() -> bool:
    return _drawn() is not None


def _drawn() -> UUID | None:
    with connection.cursor() as cursor:
        cursor.execute(DRAW)
        row = cursor.fetchone()
    return row[0] if row else None


@transaction.atomic
def _take(job_id: UUID, worker: str, most: int) -> list[Claim]:
    given: dict[str, Any] = {
        "job": job_id,
        "worker": worker,
        "most": most,
        "lease": LEASE.total_seconds(),
    }
    with connection.cursor() as cursor:
        cursor.execute(BEGIN, [job_id])
        if cursor.rowcount:
            live.tell_begun(BatchJob.objects.light().get(pk=job_id))
        cursor.execute(TAKE, given)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return sorted((_claim_of(row) for row in rows), key=lambda one: one.index)


def _claim_of(row: tuple[Any, ...]) -> Claim:
    told = dict(zip(COLUMNS, row, strict=True))
    return Claim(**told | {"parameters": orjson.loads(told["parameters"])})
