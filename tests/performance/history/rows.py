"""The lists of a site with ten million questions behind it, in PostgreSQL and over HTTP."""

import http.client
import random
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

from accounts.models import User
from history.models import QueryHistory
from history.services import queries
from omicsoracle.embedded.processes import Home
from tests.factories import ApiKeyFactory
from tests.performance.accounts.report import Row
from tests.performance.history.filling import DATABASE, DAYS, USERS, filled
from tests.performance.history.servers import storing, web
from tests.performance.requests.summary import latency

PAGE = 20
PROMISED_SQL, PROMISED_HTTP = 20.0, 50.0
PATH = "/api/v2/history/queries"

RARE = "gene19876"


def lists(at: datetime) -> dict[str, Mapping[str, Any]]:
    """Return lists as people ask for them."""
    span = {"after": at - timedelta(days=60), "before": at - timedelta(days=53)}
    return {
        "the newest": {},
        "by agent": {"agent_type": "report"},
        "of a week two months ago": span,
        "a common word": {"q": "cancer"},
        "a common word of a week two months ago": {"q": "cancer", **span},
        "a word and an agent": {"q": "hippocampus", "agent_type": "summarize"},
        "three words": {"q": "lung cancer zebrafish"},
        "a phrase, another word not": {"q": '"bone marrow" -mice'},
        "one word or another": {"q": "sepsis or psoriasis"},
        "all but a word": {"q": "-mice"},
        "a rare word": {"q": RARE},
        "a word that nobody wrote": {"q": "qqq"},
    }


def measure(home: Home, *, short: bool) -> list[Row]:
    rows_wanted, times = (100_000, 30) if short else (10_000_000, 200)
    at = filled(rows_wanted)
    users = list(User.objects.filter(email__startswith="busy").order_by("email"))
    kept = QueryHistory.objects.count()
    rows = [Row("rows in `query_history`", f"{kept:,}, {USERS:,} users, {DAYS} days")]
    chance = random.Random(1)  # noqa: S311 (no secret)
    asking = [users[int(chance.random() ** 2 * USERS)] for _ in range(times)]
    for name, wanted in lists(at).items():
        took = [_timed(partial(_read, wanted, one)) for one in asking]
        rows.append(_row(f"SQL: {name}", took, PROMISED_SQL))
    busiest = [users[0]] * (times // 10)
    for name, wanted in lists(at).items():
        took = [_timed(partial(_read, wanted, one)) for one in busiest]
        rows.append(_row(f"SQL, the busiest user: {name}", took, PROMISED_SQL))
    name = DATABASE.format(rows_wanted)
    with web(home, name) as (port, _), storing(home, name):
        rows += _over_http(port, asking, at)
    return rows


def _read(wanted: Mapping[str, Any], user: User) -> object:
    return list(queries.narrowed(user, wanted=wanted).newest_first()[: PAGE + 1])


def _over_http(port: int, asking: Sequence[User], at: datetime) -> list[Row]:
    keys = {user.pk: ApiKeyFactory(user=user).text for user in set(asking)}
    client = http.client.HTTPConnection("127.0.0.1", port)
    rows = []
    for name, wanted in lists(at).items():
        path = f"{PATH}?{urlencode(wanted)}"
        took = [_timed(partial(_get, client, path, keys[one.pk])) for one in asking]
        rows.append(_row(f"HTTP: {name}", took, PROMISED_HTTP))
    ids = {
        user.pk: QueryHistory.objects.of(user.pk).newest_first().values_list("pk", flat=True)[0]
        for user in set(asking)
    }
    took = [_timed(partial(_get, client, f"{PATH}/{ids[one.pk]}", keys[one.pk])) for one in asking]
    return [*rows, _row("HTTP: one question with its result", took, PROMISED_HTTP)]


def _get(client: http.client.HTTPConnection, path: str, key: str) -> None:
    client.request("GET", path, headers={"X-API-Key": key})
    answer = client.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise RuntimeError(body)


def _timed(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return (time.perf_counter() - started) * 1000


def _row(name: str, milliseconds: Sequence[float], promised: float) -> Row:
    took = latency(milliseconds)
    sys.stderr.write(f"{name}: {took}\n")
    return Row(
        name,
        f"p50 {took.p50:.1f} ms, p95 {took.p95:.1f} ms, p99 {took.p99:.1f} ms",
        f"p95 ≤ {promised:.0f} ms",
        (took.p95 or 0) <= promised,
    )
