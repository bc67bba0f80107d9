"""Questions into PostgreSQL: one that was just worked for, or many that came in usage events."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import structlog
from django.db import DataError, IntegrityError, connection, transaction

# Whoever clears their history, or is erased, holds their row: what is kept is kept before that, and
# goes with the rest, or is seen to come too late. A statement of its own: the next one sees more.
HOLD = """
select from users where id in (
    select user_id from jsonb_to_recordset(%s::jsonb) as given (user_id uuid)
) order by id for key share
"""
KEEP = """
insert into query_history (id, user_id, query_text, agent_type, asked, result, result_count,
    execution_time_ms, cached, created_at)
select given.id, users.id, rider.query_text, rider.agent_type, rider.asked, rider.result,
    rider.result_count, given.execution_time_ms, rider.cached, given.created_at
from jsonb_to_recordset(%s::jsonb) as given (id uuid, user_id uuid, execution_time_ms int,
        created_at timestamptz, rider jsonb)
    cross join lateral jsonb_to_record(given.rider) as rider (query_text text, agent_type text,
        asked jsonb, result jsonb, result_count int, cached boolean)
    join users on users.id = given.user_id
    left join history_clearings as cleared on cleared.user_id = users.id
where given.id = any(%s) and (cleared.at is null or given.created_at > cleared.at)
on conflict (id, created_at) do nothing
"""
MAKE_MONTHS = """
select query_history_make_month(month) from (
    select distinct date_trunc('month', created_at, 'UTC') as month
    from jsonb_to_recordset(%s::jsonb) as given (created_at timestamptz)
) as months
"""

logger = structlog.get_logger(__name__)


def keep(written: Sequence[bytes], *, new: Sequence[UUID]) -> None:
    """Keep the questions that ride in usage events, in the transaction that stores these.

    One that PostgreSQL does not take is left out, and the log says so. Named in settings.

    :param written: events as `UsageEvent.dumps` writes them
    :param new: the events that are stored for the first time: the others' questions may have been
        deleted since
    :raises DatabaseError: if it takes none at the moment
    """
    try:
        _insert(written, new)
    except (DataError, IntegrityError):
        for one in written:
            _keep_one(one, new)


def make_month(moment: datetime) -> None:
    """Make the partition of a month if it is missing."""
    with connection.cursor() as cursor:
        cursor.execute("select query_history_make_month(%s)", [moment])


def drop_before(moment: datetime) -> int:
    """Drop the months before that of a moment; say how many."""
    with connection.cursor() as cursor:
        cursor.execute("select query_history_drop_before(%s)", [moment])
        dropped: int = cursor.fetchone()[0]
    return dropped


def _keep_one(written: bytes, new: Sequence[UUID]) -> None:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(MAKE_MONTHS, [_array([written])])
        _insert([written], new)
    except (DataError, IntegrityError) as error:
        # What the error says may hold the question.
        logger.error("a question could not be kept", error=type(error).__name__)  # noqa: TRY400


def _insert(written: Sequence[bytes], new: Sequence[UUID]) -> None:
    text = _array(written)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(HOLD, [text])
        cursor.execute(KEEP, [text, list(new)])


def _array(written: Sequence[bytes]) -> str:
    return (b"[%b]" % b",".join(written)).decode()
