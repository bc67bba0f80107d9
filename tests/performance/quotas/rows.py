"""The usage queries of a site with ten million requests behind it."""

import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Sum
from django.db.models.functions import TruncDay

from accounts.models import Tier, User
from quotas.models import SiteHour, UsageHour, UsageLog
from quotas.runner import sums
from quotas.serializers import usage_document
from quotas.services import usage
from tests.evaluation.catalogue import use_database
from tests.performance.accounts.people import people
from tests.performance.accounts.report import Row
from tests.performance.quotas.servers import Site
from tests.performance.requests.summary import latency

DATABASE = "usage_{}_measured"
USERS, DAYS = 200, 90
PROMISED_MS = 20.0
NEWEST = 50

# Everybody is at work for eight hours a day, each in hours of their own.
DAY_OF_ROWS = """
insert into usage_logs (id, user_id, endpoint, method, status_code, execution_time_ms, created_at)
select uuidv7(at - now()), users[number],
    (array['/api/v2/agents/search', '/api/v2/datasets/<str:geo_id>', '/api/v2/datasets',
        '/api/v2/agents/query'])[1 + floor(power(random(), 2) * 4)::int],
    'GET', case when random() < 0.97 then 200 else 404 end, floor(random() * 80)::int, at
from (
    select number, users, %(day)s + make_interval(
        hours => (number + floor(random() * 8)::int) %% 24, secs => random() * 3600
    ) as at
    from (
        select 1 + floor(random() * %(people)s)::int as number, %(users)s::uuid[] as users
        from generate_series(1, %(rows)s)
    ) as drawn
) as timed
"""
# As the consumer sums them.
SUMS = f"""
with {sums.adding("select * from usage_logs")}
select 1
"""  # noqa: S608 (nothing of anybody is in it)


@dataclass(frozen=True, slots=True)
class Extent:
    """How many rows there are, and how often each query is asked."""

    rows: int
    times: int


WHOLE, SHORT = Extent(10_000_000, 300), Extent(100_000, 30)


def measure(_site: Site, *, short: bool) -> list[Row]:
    extent = SHORT if short else WHOLE
    at = _fill(extent.rows)
    users = list(User.objects.order_by("email"))
    there, hours_there = UsageLog.objects.count(), UsageHour.objects.count()
    rows = [
        Row(
            "rows in `usage_logs`, and in `usage_hourly`",
            f"{there:,} and {hours_there:,}, {DAYS} days",
        )
    ]
    for name, query in QUERIES.items():
        rows.append(_row(name, _times(query, users, at, extent.times)))
    return rows


def _row(name: str, milliseconds: Sequence[float]) -> Row:
    took = latency(milliseconds)
    return Row(
        name,
        f"p50 {took.p50:.1f} ms, p95 {took.p95:.1f} ms, p99 {took.p99:.1f} ms",
        f"p95 ≤ {PROMISED_MS:.0f} ms",
        (took.p95 or 0) <= PROMISED_MS,
    )


def document(user: User, at: datetime) -> object:
    quota = usage.quota_of(user=user, at=at)
    return usage_document(quota, usage.by_endpoint(user=user, at=at))


def newest(user: User, _at: datetime) -> object:
    return list(UsageLog.objects.filter(user=user).order_by("-created_at")[:NEWEST])


def hours(days: int) -> Callable[[User, datetime], object]:
    return lambda user, at: _by_hour(UsageHour.objects.filter(user=user), at, days)


def days_of(days: int) -> Callable[[User, datetime], object]:
    def query(user: User, at: datetime) -> object:
        mine = UsageHour.objects.filter(user=user, hour__gte=at - timedelta(days=days))
        return list(mine.values(day=TruncDay("hour")).annotate(Sum("requests")).order_by("day"))

    return query


def everybody(_user: User, at: datetime) -> object:
    return _by_hour(SiteHour.objects.all(), at, 7)


def staff_list(_user: User, at: datetime) -> object:
    ids = list(User.objects.order_by("email").values_list("pk", flat=True)[:100])
    return usage.today_of(user_ids=ids, at=at)


def _by_hour(rows: Any, at: datetime, days: int) -> object:
    recent = rows.filter(hour__gte=at - timedelta(days=days))
    return list(recent.values("hour").annotate(Sum("requests"), Sum("total_ms")).order_by("hour"))


QUERIES: dict[str, Callable[[User, datetime], object]] = {
    "the document of `users/usage`": document,
    "its list of today's endpoints": lambda user, at: usage.by_endpoint(user=user, at=at),
    f"the newest {NEWEST} requests of a user": newest,
    "a user's hours over 7 days": hours(7),
    "a user's hours over 30 days": hours(30),
    "a user's days over 30 days": days_of(30),
    "today's requests of 100 users, as `admin/users` lists them": staff_list,
    "everybody's hours over 7 days": everybody,
}


def _times(
    query: Callable[[User, datetime], object], users: Sequence[User], at: datetime, times: int
) -> list[float]:
    chance = random.Random(1)  # noqa: S311 (no secret)
    asked = [chance.choice(users) for _ in range(times + 5)]
    taken = []
    for user in asked:
        started = time.perf_counter()
        query(user, at)
        taken.append((time.perf_counter() - started) * 1000)
    return taken[5:]


def _fill(rows: int) -> datetime:
    """Make the database if it is not there yet, whole; return when its last day ends."""
    use_database(DATABASE.format(rows))
    if not UsageHour.objects.exists():
        _write(rows)
    last = UsageHour.objects.latest("hour").hour
    return datetime(last.year, last.month, last.day, 23, 59, tzinfo=UTC)


def _write(rows: int) -> None:
    if not User.objects.exists():
        people([f"busy{number}@example.org" for number in range(USERS)], tier=Tier.ENTERPRISE)
    users = list(User.objects.values_list("pk", flat=True))
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    with connection.cursor() as cursor:
        cursor.execute("truncate usage_logs")
        cursor.execute("set statement_timeout = 0")
        for ago in range(DAYS, 0, -1):
            day = today - timedelta(days=ago)
            cursor.execute("select usage_logs_make_month(%s)", [day])
            given = {"day": day, "people": USERS, "users": users, "rows": -(-rows // DAYS)}
            cursor.execute(DAY_OF_ROWS, given)
            sys.stderr.write(".")
        cursor.execute(SUMS)
        cursor.execute("vacuum analyze usage_logs, usage_hourly, usage_daily, usage_site_hourly")
        cursor.execute("reset statement_timeout")
    sys.stderr.write("\n")
