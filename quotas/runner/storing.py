"""Usage into PostgreSQL: many events and their sums, in one statement."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils.module_loading import import_string

from quotas.events import RIDER, UsageEvent
from quotas.runner import sums

# Who was erased in the meantime has no id any more: the row stays, without the person.
STORE = f"""
with stored as (
    insert into usage_logs (id, user_id, api_key_id, endpoint, method, status_code,
        execution_time_ms, cost, created_at)
    select given.id, users.id, given.api_key_id, given.endpoint, given.method, given.status_code,
        given.execution_time_ms, given.cost, given.created_at
    from jsonb_to_recordset(%s::jsonb) as given (id uuid, user_id uuid, api_key_id uuid,
        endpoint text, method text, status_code int, execution_time_ms int, cost int,
        created_at timestamptz)
    left join users on users.id = given.user_id
    on conflict (id, created_at) do nothing
    returning *
), {sums.adding("select * from stored")}
select coalesce(array_agg(id), '{{}}') from stored
"""  # noqa: S608 (nothing of anybody is in it)
BY_MINUTE = """
select floor(extract(epoch from created_at) / 60)::bigint as minute, sum(cost)::bigint
from usage_logs where user_id = %s and created_at >= %s and cost > 0 group by 1 order by 1
"""


def store(events: Sequence[UsageEvent]) -> int:
    """Store events, and say how many were new. What is stored already is not stored again.

    The sums are made with the rows in one statement, so they agree at any moment.
    """
    with transaction.atomic():
        for moment in {event.created_at.strftime("%Y-%m"): event.created_at for event in events}:
            make_month(datetime.strptime(f"{moment}-02 +0000", "%Y-%m-%d %z"))
        return store_written([event.dumps() for event in events])


def store_written(written: Sequence[bytes]) -> int:
    """Do as `store` with events that nobody has read since they were written: that costs most.

    What rides in new ones is handed on, in the same transaction.

    :raises DatabaseError, UnicodeDecodeError: if one of them is no event, or of a month that is not made yet
    """
    if not written:
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(STORE, [(b"[%b]" % b",".join(written)).decode()])
        new: list[UUID] = cursor.fetchone()[0]
        riders = [one for one in written if RIDER in one]
        if riders and new and settings.USAGE_RIDERS:
            import_string(settings.USAGE_RIDERS)(riders, new=new)
    return len(new)


def usage_by_minute(*, user_id: UUID, since: datetime) -> list[tuple[int, int]]:
    """Return what a user used in each minute (since 1970) of late, the oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(BY_MINUTE, [user_id, since])
        return [(row[0], row[1]) for row in cursor]


def make_month(moment: datetime) -> None:
    """Make the partition of a month if it is missing."""
    with connection.cursor() as cursor:
        cursor.execute("select usage_logs_make_month(%s)", [moment])


def drop_before(moment: datetime) -> int:
    """Drop the months before that of a moment; say how many."""
    with connection.cursor() as cursor:
        cursor.execute("select usage_logs_drop_before(%s)", [moment])
        dropped: int = cursor.fetchone()[0]
    return dropped
