"""Every analytics call, over HTTP and as the SQL behind it."""

import http.client
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psutil
from django.db import connection

from accounts.models import User
from common.renderers import FastJSONRenderer
from history.analytics import site, usage
from history.analytics.ranges import USUAL, Interval, Range, end_of, moved
from history.analytics.usage import Grouping
from history.serializers.analytics import site_document, usage_document
from omicsoracle.embedded.processes import Home
from quotas.models import SiteSum, UsageDay, UsageHour, UsageLog, UsageMonth
from tests.evaluation.servers import web_server
from tests.factories import access_token
from tests.performance.accounts.people import admin
from tests.performance.accounts.report import Row
from tests.performance.analytics import filling
from tests.performance.requests.summary import latency

HTTP_MS, SQL_MS = 50.0, 20.0
WARM = 5
TABLES: dict[str, Any] = {
    "usage_logs": UsageLog,
    "usage_hourly": UsageHour,
    "usage_daily": UsageDay,
    "usage_monthly": UsageMonth,
    "usage_site_sums": SiteSum,
}


@dataclass(frozen=True, slots=True)
class Call:
    """What is asked: an interval, so many of them up to now, and how requests are told apart."""

    interval: Interval
    number: int
    group_by: tuple[Grouping, ...] = ()

    @property
    def asked(self) -> Range:
        end = end_of(datetime.now(UTC), self.interval)
        return Range(self.interval, moved(end, self.interval, -self.number), end)

    @property
    def query(self) -> str:
        asked = self.asked
        said = f"from={asked.start:%Y-%m-%dT%H:%MZ}&to={asked.end:%Y-%m-%dT%H:%MZ}"
        grouped = f"&group_by={','.join(self.group_by)}" if self.group_by else ""
        return f"?{said}&interval={self.interval}{grouped}"

    def __str__(self) -> str:
        grouped = f" by {' and '.join(self.group_by)}" if self.group_by else ""
        return f"{self.number} {self.interval}s{grouped}"


ENDPOINT, STATUS, AGENT = Grouping.ENDPOINT, Grouping.STATUS, Grouping.AGENT
CALLS = [
    Call(Interval.HOUR, USUAL[Interval.HOUR], (ENDPOINT,)),
    Call(Interval.HOUR, 744, (ENDPOINT, STATUS)),
    Call(Interval.DAY, USUAL[Interval.DAY]),
    Call(Interval.DAY, USUAL[Interval.DAY], (ENDPOINT,)),
    Call(Interval.DAY, USUAL[Interval.DAY], (AGENT,)),
    Call(Interval.DAY, 395, (STATUS,)),
    Call(Interval.MONTH, USUAL[Interval.MONTH], (ENDPOINT,)),
]


def measure(home: Home, *, short: bool) -> list[Row]:
    rows, times = (200_000, 20) if short else (10_000_000, 200)
    filling.filled(rows)
    with web_server(home, database=filling.DATABASE.format(rows)) as port:
        measured = _measured(port, times)
    connection.close()
    return measured


def _measured(port: int, times: int) -> list[Row]:
    chance = random.Random(1)  # noqa: S311 (no secret)
    users, staff = filling.busiest_first(), admin()
    User.objects.filter(pk__in=[one.pk for one in users]).update(tier="enterprise")
    there = ", ".join(f"`{name}` {model.objects.count():,}" for name, model in TABLES.items())
    rows = [Row("rows", there)]
    for call in CALLS:
        drawn = [chance.choice(users) for _ in range(times)]
        rows += _rows(f"a user's {call}", port, "/api/v2/analytics/usage", call, drawn, _of_user)
    for call in CALLS:
        busiest = users[:1] * times
        name = f"the busiest user's {call}"
        rows += _rows(name, port, "/api/v2/analytics/usage", call, busiest, _of_user)
    for call in CALLS:
        path, of_staff = "/api/v2/admin/analytics/usage", [staff] * times
        rows += _rows(f"everybody's {call}", port, path, call, of_staff, _of_site)
    return rows


def _of_user(user: User, call: Call) -> bytes:
    told = usage.of_user(user=user, asked=call.asked, group_by=call.group_by)
    return FastJSONRenderer().render(usage_document(told))


def _of_site(_user: User, call: Call) -> bytes:
    group_by = call.group_by or (Grouping.ENDPOINT,)
    told = site.of_site(asked=call.asked, group_by=group_by, at=datetime.now(UTC))
    return FastJSONRenderer().render(site_document(told))


def _rows(
    name: str,
    port: int,
    path: str,
    call: Call,
    users: Sequence[User],
    ask: Callable[[User, Call], bytes],
) -> list[Row]:
    over_http = _over_http(port, path + call.query, users)
    in_sql = []
    before = _busy()
    for user in users:
        with sql_timed() as took:
            ask(user, call)
        in_sql.append(sum(took))
    ours, its = (
        (now - then) / len(users) * 1000 for now, then in zip(_busy(), before, strict=True)
    )
    return [
        _row(f"{name}, HTTP", over_http, HTTP_MS),
        _row("its SQL", in_sql[WARM:], SQL_MS),
        Row("its processor time", f"{ours:.1f} ms in Python, {its:.1f} ms in PostgreSQL"),
    ]


def _busy() -> tuple[float, float]:
    """Return the seconds of processor time that we and our process of PostgreSQL have had."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        times = psutil.Process(cursor.fetchone()[0]).cpu_times()
    return time.process_time(), times.user + times.system


def _over_http(port: int, path: str, users: Sequence[User]) -> list[float]:
    tokens = {user.pk: access_token(user) for user in set(users)}
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    taken = []
    for user in users:
        started = time.perf_counter()
        client.request("GET", path, headers={"Authorization": f"Bearer {tokens[user.pk]}"})
        answer = client.getresponse()
        answer.read()
        taken.append((time.perf_counter() - started) * 1000)
        if answer.status != http.client.OK:
            raise RuntimeError(f"{path} was answered with {answer.status}.")
    client.close()
    return taken[WARM:]


@contextmanager
def sql_timed() -> Iterator[list[float]]:
    """Collect how many milliseconds each statement takes, its rows brought here but not read."""
    taken: list[float] = []

    def timed(execute: Any, *given: Any) -> Any:
        started = time.perf_counter()
        try:
            return execute(*given)
        finally:
            taken.append((time.perf_counter() - started) * 1000)

    with connection.execute_wrapper(timed):
        yield taken


def _row(name: str, milliseconds: Sequence[float], promised: float) -> Row:
    took = latency(milliseconds)
    figures = f"p50 {took.p50:.1f} ms, p95 {took.p95:.1f} ms, p99 {took.p99:.1f} ms"
    return Row(name, figures, f"p95 ≤ {promised:.0f} ms", (took.p95 or 0) <= promised)
