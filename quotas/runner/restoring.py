"""After Valkey has lost its data: what PostgreSQL knows of the last day is counted anew.

Until that is done nobody counts in Valkey, so nothing is overwritten. What was in the stream and
not stored yet is lost: two or three seconds of requests.
"""

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

import structlog
from django.db import DatabaseError, connection, transaction

from accounts.models import Action, AuditEntry, User
from quotas import limiter, valkey
from quotas.limiter import Caller
from quotas.limits import DAY, HOUR, Window

LOCK = "rl:restoring"
LOCK_MS = 15_000
STATEMENT_TIMEOUT = "8s"
AT_ONCE = 200  # users written in one go
MINUTE_MS, QUARTER_MS, HOUR_MS = 60_000, 900_000, 3_600_000

# The minutes of late, of the rows themselves; earlier hours, of their sums.
MINUTES = """
select user_id, floor(extract(epoch from created_at) / 60)::bigint as minute, sum(cost)
from usage_logs where created_at >= %s and user_id is not null and cost > 0 group by 1, 2
"""
HOURS = """
select user_id, floor(extract(epoch from hour) / 60)::bigint as minute, sum(cost)
from usage_hourly where hour >= %s and hour < %s and user_id is not null and cost > 0 group by 1, 2
"""

Buckets = dict[int, int]
logger = structlog.get_logger(__name__)


def restore(*, at: datetime) -> bool:
    """Put back what is known, and say whether one may count again: not while somebody else does it."""
    started = time.perf_counter()
    server = valkey.server()
    try:
        if not server.ask(lambda: server.client.set(LOCK, 1, nx=True, px=LOCK_MS)):
            return False
        known = _known(at=at)
        users = _write(known)
        server.ask(lambda: server.client.set(limiter.EPOCH, at.isoformat()))
        server.ask(lambda: server.client.delete(LOCK))
    except (valkey.Away, DatabaseError) as error:
        logger.warning("counts could not be put back", error=type(error).__name__)
        return False
    took_ms = round((time.perf_counter() - started) * 1000)
    logger.warning("counts were lost, and put back", users=users, took_ms=took_ms)
    return True


def _known(*, at: datetime) -> Mapping[UUID, tuple[Buckets, Buckets]]:
    """Return the minutes of the last hour and the quarters of the last day of each user."""
    recent = _hour_of(at - timedelta(minutes=61))
    begin = _hour_of(at - timedelta(hours=24, minutes=15))
    resets = _resets(since=begin)
    known: dict[UUID, tuple[Buckets, Buckets]] = defaultdict(lambda: ({}, {}))
    now_ms = int(at.timestamp() * 1000)
    for user_id, minute, cost in _rows(MINUTES, [recent]):
        if (minute + 1) * MINUTE_MS > resets.get(user_id, 0):
            _add(known[user_id][0], minute, cost, HOUR, now_ms)
            _add(known[user_id][1], minute * MINUTE_MS // QUARTER_MS, cost, DAY, now_ms)
    for user_id, minute, cost in _rows(HOURS, [begin, recent]):
        end_ms = minute * MINUTE_MS + HOUR_MS
        if end_ms > resets.get(user_id, 0):  # as if all of it had been in the hour's last quarter
            _add(known[user_id][1], end_ms // QUARTER_MS - 1, cost, DAY, now_ms)
    return known


def _add(buckets: Buckets, bucket: int, cost: int, window: Window, now_ms: int) -> None:
    if bucket >= now_ms // window.bucket_ms - window.buckets:
        buckets[bucket] = buckets.get(bucket, 0) + int(cost)


def _write(known: Mapping[UUID, tuple[Buckets, Buckets]]) -> int:
    server = valkey.server()
    for some in _parts(known.items()):
        pipe = server.client.pipeline(transaction=True)
        for user_id, (minutes, quarters) in some:
            caller = Caller.user(user_id)
            _put(pipe, caller, HOUR, minutes)
            _put(pipe, caller, DAY, quarters)
        server.ask(pipe.execute)
    return len(known)


def _put(pipe: Any, caller: Caller, window: Window, buckets: Buckets) -> None:
    if not buckets:
        return
    key = caller.key(window.key)
    summary = {"n": sum(buckets.values()), "f": min(buckets), "l": max(buckets)}
    pipe.delete(key)
    pipe.hset(key, mapping={**{str(one): count for one, count in buckets.items()}, **summary})
    pipe.pexpire(key, window.bucket_ms * (window.buckets + 2))


def _parts(items: Iterable[Any]) -> Iterator[list[Any]]:
    left = iter(items)
    while part := list(islice(left, AT_ONCE)):
        yield part


def _rows(sql: str, values: list[datetime]) -> list[tuple[UUID, int, int]]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"set local statement_timeout = '{STATEMENT_TIMEOUT}'")
        cursor.execute(sql, values)
        return [(row[0], row[1], row[2]) for row in cursor]


def _resets(*, since: datetime) -> dict[UUID, int]:
    """Return when staff emptied somebody's windows, in milliseconds: nothing before that counts."""
    entries = AuditEntry.objects.filter(action=Action.QUOTA_RESET, at__gte=since)
    at_of: Any = dict(entries.order_by("id").values_list("subject", "at"))
    users = User.objects.filter(audit_id__in=list(at_of)).values_list("pk", "audit_id")
    return {pk: int(at_of[audit_id].timestamp() * 1000) for pk, audit_id in users}


def _hour_of(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
