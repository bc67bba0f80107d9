"""A site that ran for thirteen months: its people, what they used, and what they pay."""

import random
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import psutil
from django.db import connection

from accounts.models import User
from history.analytics.ranges import Interval, Range, moved
from quotas.models import TierChange, UsageHour
from quotas.runner import storing, sums
from quotas.runner.accounts import close_days
from tests.evaluation.catalogue import use_database
from tests.performance.accounts.people import people

DATABASE = "analytics_{}_measured"
USERS, MONTHS, GONE = 2_000, 13, 100
TIERS = ("free", "pro", "enterprise")

# A few use most of it: the busiest one in fifty requests. Each has working hours of their own.
ROWS = """
insert into usage_logs (id, user_id, endpoint, method, status_code, execution_time_ms, created_at)
select uuidv7(at - now()), users[number],
    (array['/api/v2/agents/search', '/api/v2/datasets/<str:geo_id>', '/api/v2/datasets',
        '/api/v2/agents/query', '/api/v2/agents/validate', '/api/v2/workflows/execute',
        '/api/v2/agents/report', '/api/v2/history/queries', '/api/v2/batch/jobs',
        '/api/v2/agents/summarize'])[1 + floor(power(random(), 2) * 10)::int],
    'GET', (array[200, 200, 200, 404, 400, 503])[1 + floor(power(random(), 4) * 6)::int],
    least(exp(random_normal(3.5, 1.2)), 60000)::int, at
from (
    select number, users, %(start)s + make_interval(
        days => floor(random() * %(days)s)::int, hours => (number + floor(random() * 8)::int) %% 24,
        secs => random() * 3600
    ) as at
    from (
        select 1 + floor(power(random(), 2.5) * %(people)s)::int as number, %(users)s::uuid[] as users
        from generate_series(1, %(rows)s)
    ) as drawn
) as timed where at < now()
"""
_PARTS = [f"{name} as ({one.inserting()})" for name, one in sums.ROLL_UPS.items()]
OF_MONTH = "select * from usage_logs where created_at >= %(start)s and created_at < %(end)s"
SUMS = f"""
with summed as ({OF_MONTH}), {", ".join([sums.COUNTED, *_PARTS])}
select 1
"""
# When all days are there: who was active.
ACTIVE = """
insert into active_months (id, user_id, month, days)
select gen_random_uuid(), user_id, date_trunc('month', day)::date, bit_or(1 << extract(day from day)::int - 1)
from usage_daily group by 2, 3;
insert into usage_site_daily (id, day, active_users)
select gen_random_uuid(), day, count(*) from usage_daily group by day;
"""
FOR_FILLING = """
set statement_timeout = 0; set work_mem = '256MB';
set session_replication_role = replica  -- the users are there
"""
TABLES = [one.table for one in sums.ROLL_UPS.values()]
# What keeps filling from being quick, with what makes it again.
KEYS = """
select format('alter table %%s drop constraint %%I', conrelid::regclass, conname),
    format('alter table %%s add constraint %%I %%s', conrelid::regclass, conname, pg_get_constraintdef(oid))
from pg_constraint where contype in ('p', 'u') and conrelid::regclass::text = any(%s)
"""
INDEXES = """
select format('drop index %%s', indexrelid::regclass), pg_get_indexdef(indexrelid)
from pg_index where not indisprimary and not indisunique and indrelid::regclass::text = any(%s)
"""


def filled(rows: int) -> None:
    """Make the database if it is not there yet, whole, and work on it."""
    use_database(DATABASE.format(rows))
    if not TierChange.objects.exists():
        _people()
        _use(rows)
        with connection.cursor() as cursor:
            cursor.execute("set statement_timeout = 0")
            _tiers()
            close_days(at=datetime.now(UTC))
            cursor.execute("vacuum analyze")
            cursor.execute("reset statement_timeout")
    sys.stderr.write(f"{UsageHour.objects.count():,} sums of hours\n")


def busiest_first() -> list[User]:
    return list(User.objects.filter(email__startswith="asks").order_by("email"))


def _months() -> Range:
    now = datetime.now(UTC)
    end = moved(now.replace(day=1, hour=0, minute=0, second=0, microsecond=0), Interval.MONTH, 1)
    return Range(Interval.MONTH, moved(end, Interval.MONTH, -MONTHS), end)


def _people() -> None:
    with connection.cursor() as cursor:
        cursor.execute("truncate usage_site_daily, active_months, usage_logs, users cascade")
        cursor.execute(f"truncate {', '.join(TABLES)}")
    people([f"asks{number:05}@example.org" for number in range(USERS)])
    with connection.cursor() as cursor:
        cursor.execute("update users set created_at = now() - random() * interval '400 days'")


def _use(rows: int) -> None:
    """Fill the months, as many at once as there are processors; then make the indexes, which is quicker."""
    given = {"users": [user.pk for user in busiest_first()], "people": USERS}
    given["rows"] = -(-rows // MONTHS)
    edges = [*_months().begins(), _months().end]
    for start in edges[:-1]:
        storing.make_month(start)
    with _without_indexes(), ThreadPoolExecutor(psutil.cpu_count()) as threads:
        list(threads.map(lambda month: _use_month(given, *month), pairwise(edges)))
    with connection.cursor() as cursor:
        cursor.execute(ACTIVE)


def _use_month(given: dict[str, Any], start: datetime, end: datetime) -> None:
    given = {**given, "start": start, "end": end, "days": (end - start).days}
    with connection.cursor() as cursor:
        cursor.execute(FOR_FILLING)
        cursor.execute(ROWS, given)
        cursor.execute(SUMS, given)
    sys.stderr.write(".")
    sys.stderr.flush()
    connection.close()


@contextmanager
def _without_indexes() -> Iterator[None]:
    """Let the sums have no keys and the rows no index by user while the block lasts."""
    with connection.cursor() as cursor:
        cursor.execute(KEYS, [TABLES])
        found = cursor.fetchall()
        cursor.execute(INDEXES, [[*TABLES, "usage_logs"]])
        found += cursor.fetchall()
        for drop, _ in found:
            cursor.execute(drop)
        yield
        cursor.execute("set statement_timeout = 0")
        for _, make in found:
            cursor.execute(make)
            sys.stderr.write("i")
            sys.stderr.flush()
        cursor.execute("reset statement_timeout")


def _tiers() -> None:
    """Let every tenth account change its tier at some time, and some go."""
    chance, now = random.Random(1), datetime.now(UTC)  # noqa: S311 (no secret)
    users, changes = busiest_first(), []
    for user in users[::10]:
        at = now
        for _ in range(chance.choice((1, 1, 2, 3))):
            before = chance.choice([tier for tier in TIERS if tier != user.tier])
            at -= timedelta(days=chance.uniform(1, 150))
            changes.append(TierChange(user=user, before=before, after=user.tier, at=at))
            user.tier = before
    last: dict[Any, str] = {}
    for change in changes:
        last.setdefault(change.user_id, change.after)
    for user in users[::10]:
        user.tier = last[user.pk]
    User.objects.bulk_update(users[::10], ["tier"])
    User.objects.filter(pk__in=[user.pk for user in users[-GONE:]]).delete()
    there = set(User.objects.values_list("pk", flat=True))
    TierChange.objects.bulk_create(one for one in changes if one.user_id in there)
