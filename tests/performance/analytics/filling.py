"""A site that ran for thirteen months: its people, what they used, and what they pay."""

import random
import sys
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from django.db import connection, transaction

from accounts.models import User
from history.analytics.ranges import Interval, Range, moved
from quotas.models import TierChange, UsageHour
from quotas.runner import storing, sums
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
SUMS = f"""
with {sums.adding("select * from usage_logs where created_at >= %(start)s and created_at < %(end)s")}
select 1
"""  # noqa: S608 (nothing of anybody is in it)


def filled(rows: int) -> None:
    """Make the database if it is not there yet, whole, and work on it."""
    use_database(DATABASE.format(rows))
    if not TierChange.objects.exists():
        _people()
        _use(rows)
        _tiers()
    sys.stderr.write(f"{UsageHour.objects.count():,} sums of hours\n")


def busiest_first() -> list[User]:
    return list(User.objects.filter(email__startswith="asks").order_by("email"))


def _months() -> Range:
    now = datetime.now(UTC)
    end = moved(now.replace(day=1, hour=0, minute=0, second=0, microsecond=0), Interval.MONTH, 1)
    return Range(Interval.MONTH, moved(end, Interval.MONTH, -MONTHS), end)


def _people() -> None:
    with connection.cursor() as cursor:
        cursor.execute("delete from users")
    people([f"asks{number:05}@example.org" for number in range(USERS)])
    with connection.cursor() as cursor:
        cursor.execute("update users set created_at = now() - random() * interval '400 days'")


def _use(rows: int) -> None:
    users = [user.pk for user in busiest_first()]
    edges = [*_months().begins(), _months().end]
    for start, end in reversed([*pairwise(edges)]):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("set local statement_timeout = 0")
            cursor.execute("set local session_replication_role = replica")  # the users are there
            storing.make_month(start)
            given: dict[str, Any] = {
                "start": start,
                "end": end,
                "days": (end - start).days,
                "people": USERS,
            }
            cursor.execute(ROWS, {**given, "users": users, "rows": -(-rows // MONTHS)})
            cursor.execute(SUMS, given)
        sys.stderr.write(".")
    with connection.cursor() as cursor:
        cursor.execute("set statement_timeout = 0")
        cursor.execute("vacuum analyze")
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
