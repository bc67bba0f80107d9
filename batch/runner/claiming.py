"""Taking the next query to run it: by a lottery among those whose queries wait.

First a user is drawn, with chances by the weight of their jobs, then one of their jobs, then its
first query that is due. So nobody waits for somebody else's thousands of queries, nor a small job
for a big one of the same user; and nobody has to remember whose turn it was.
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
TAKE = """
with next as (
    select id from batch_job_items
    where job_id = %(job)s and status in ('pending', 'running') and due_at <= statement_timestamp()
    order by due_at, index limit 1 for update skip locked
)
update batch_job_items item set
    crashes = crashes + (item.status = 'running')::int,
    status = 'running', attempts = attempts + 1, fence = fence + 1, worker = %(worker)s,
    due_at = clock_timestamp() + %(lease)s * interval '1 second', started_at = coalesce(item.started_at, now())
from next, batch_jobs job
where item.id = next.id and job.id = item.job_id
returning item.id, item.job_id, item.index, item.query, item.fence, item.faults, item.crashes,
    job.workflow_type, job.parameters::text, job.created_at, job.request_id
"""


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
    workflow_type: str
    parameters: Mapping[str, Any]
    submitted_at: datetime
    request_id: str


COLUMNS = [column.name for column in fields(Claim)]  # as `TAKE` returns them


def claim(*, worker: str) -> Claim | None:
    """Take a query that is due; None if there is none."""
    for _ in range(TRIES):
        job_id = _drawn()
        if job_id is None:
            return None
        taken = _take(job_id, worker)
        if taken is not None:
            return taken
    return None


def is_any_due() -> bool:
    return _drawn() is not None


def _drawn() -> UUID | None:
    with connection.cursor() as cursor:
        cursor.execute(DRAW)
        row = cursor.fetchone()
    return row[0] if row else None


@transaction.atomic
def _take(job_id: UUID, worker: str) -> Claim | None:
    with connection.cursor() as cursor:
        cursor.execute(BEGIN, [job_id])
        if cursor.rowcount:
            live.tell_begun(BatchJob.objects.light().get(pk=job_id))
        cursor.execute(TAKE, {"job": job_id, "worker": worker, "lease": LEASE.total_seconds()})
        row: tuple[Any, ...] | None = cursor.fetchone()
    if row is None:
        return None
    told = dict(zip(COLUMNS, row, strict=True))
    return Claim(**told | {"parameters": orjson.loads(told["parameters"])})
