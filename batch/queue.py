"""How much waits, and for how long: what health and metrics tell."""

from dataclasses import dataclass

from django.db import connection

# Counted by an index that holds only what is not finished.
LOOK = """
select count(*) filter (where due_at <= now()), count(*) filter (where status = 'running'),
    coalesce(extract(epoch from now() - min(due_at) filter (where due_at <= now())), 0)::float,
    count(distinct worker) filter (where status = 'running' and due_at > now())
from batch_job_items where status in ('pending', 'running')
"""


@dataclass(frozen=True, slots=True)
class Queue:
    """What is to be done. `oldest` is how many seconds the first query that is due has waited."""

    due: int
    running: int
    oldest: float
    workers: int


def look() -> Queue:
    with connection.cursor() as cursor:
        cursor.execute(LOOK)
        return Queue(*cursor.fetchone())
