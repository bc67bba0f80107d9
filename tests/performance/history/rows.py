"""The lists of a site with ten million questions behind it, in PostgreSQL and over HTTP."""

import http.client
import random
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.db import connection

from accounts.models import Tier, User
from history.models import QueryHistory, QueryHistoryQuerySet
from omicsoracle.embedded.processes import Home
from tests.evaluation.catalogue import use_database
from tests.factories import ApiKeyFactory
from tests.performance.accounts.people import people
from tests.performance.accounts.report import Row
from tests.performance.history.servers import storing, web
from tests.performance.requests.summary import latency

DATABASE = "history_{}_measured"
USERS, DAYS, PAGE = 2_000, 365, 20
PROMISED_SQL, PROMISED_HTTP = 20.0, 50.0
PATH = "/api/v2/history/queries"

# The first users ask most: the busiest a fiftieth of all.
DAY_OF_ROWS = """
insert into query_history (id, user_id, query_text, agent_type, asked, result, result_count,
    execution_time_ms, cached, created_at)
select uuidv7(at - now()), who, question, agent, jsonb_build_object('query', question),
    jsonb_build_object('total_found', 40, 'relevance_score', jsonb_build_array(
        jsonb_build_array('GSE' || number, 0.91), jsonb_build_array('GSE' || number + 1, 0.85),
        jsonb_build_array('GSE' || number + 2, 0.8), jsonb_build_array('GSE' || number + 3, 0.5))),
    4, 30, random() < 0.6, at
from (
    select %(day)s + make_interval(secs => random() * 86400) as at,
        (%(users)s::uuid[])[1 + floor(power(random(), 2) * %(people)s)::int] as who,
        (array['search', 'search', 'search', 'query', 'validate', 'summarize', 'report',
            'workflow'])[1 + floor(random() * 8)::int] as agent,
        (%(subjects)s::text[])[1 + floor(power(random(), 2) * 40)::int] || ' in ' ||
            (%(places)s::text[])[1 + floor(random() * 20)::int] || ' of ' ||
            (%(kinds)s::text[])[1 + floor(random() * 8)::int] ||
            ' gene' || floor(power(random(), 3) * 20000)::int as question,
        floor(random() * 250000)::int as number
    from generate_series(1, %(rows)s)
) as drawn
"""
SUBJECTS = """breast cancer|lung cancer|type 2 diabetes|Alzheimer disease|hypoxia|sepsis|asthma|
melanoma|glioblastoma|leukemia|lymphoma|psoriasis|obesity|fasting|ageing|infection|inflammation|
fibrosis|stroke|epilepsy|autism|depression|malaria|tuberculosis|influenza|HIV|cirrhosis|hepatitis|
pancreatitis|colitis|arthritis|lupus|sclerosis|anemia|thrombosis|heart failure|hypertension|
regeneration|wound healing|heat shock""".replace("\n", "").split("|")
PLACES = """liver|heart|kidney|brain|hippocampus|skin|blood|bone marrow|muscle|lung|colon|pancreas|
ovary|testis|retina|spleen|thymus|adipose tissue|placenta|embryo""".replace("\n", "").split("|")
KINDS = ["mice", "women", "men", "rats", "zebrafish", "children", "pigs", "macaques"]
RARE = "gene19876"
WITHOUT_INDEXES = "drop index query_history_by_user, query_history_by_agent, query_history_words"
INDEXES = [
    "create index query_history_by_user on query_history (user_id, created_at desc, id desc)",
    "create index query_history_by_agent on query_history (user_id, agent_type, created_at desc, id desc)",
    "create index query_history_words on query_history using gin (user_id, words) with (fastupdate = off)",
]


@dataclass(frozen=True, slots=True)
class Asked:
    """A list, as people ask for it and as PostgreSQL is asked."""

    params: Mapping[str, str]
    rows: Callable[[QueryHistoryQuerySet], Any]


def _page(found: QueryHistoryQuerySet) -> object:
    return list(found.newest_first()[: PAGE + 1])


def lists(at: datetime) -> dict[str, Asked]:
    month, week = at - timedelta(days=60), at - timedelta(days=53)
    span = {"after": month.isoformat(), "before": week.isoformat()}
    return {
        "the newest": Asked({}, _page),
        "by agent": Asked({"agent_type": "report"}, lambda all_: _page(all_.asked_of("report"))),
        "of a week two months ago": Asked(span, lambda all_: _page(all_.since(month).until(week))),
        "a common word": Asked({"q": "cancer"}, lambda all_: _page(all_.saying("cancer"))),
        "a word and an agent": Asked(
            {"q": "hippocampus", "agent_type": "summarize"},
            lambda all_: _page(all_.saying("hippocampus").asked_of("summarize")),
        ),
        "three words": Asked(
            {"q": "lung cancer zebrafish"}, lambda all_: _page(all_.saying("lung cancer zebrafish"))
        ),
        "a phrase, another word not": Asked(
            {"q": '"bone marrow" -mice'}, lambda all_: _page(all_.saying('"bone marrow" -mice'))
        ),
        "a rare word": Asked({"q": RARE}, lambda all_: _page(all_.saying(RARE))),
        "a word that nobody wrote": Asked({"q": "qqq"}, lambda all_: _page(all_.saying("qqq"))),
    }


def measure(home: Home, *, short: bool) -> list[Row]:
    wanted, times = (100_000, 30) if short else (10_000_000, 50)
    at = _fill(wanted)
    users = list(User.objects.filter(email__startswith="busy").order_by("email"))
    kept = QueryHistory.objects.count()
    rows = [Row("rows in `query_history`", f"{kept:,}, {USERS:,} users, {DAYS} days")]
    chance = random.Random(1)  # noqa: S311 (no secret)
    asking = [users[int(chance.random() ** 2 * USERS)] for _ in range(times)]
    for name, asked in lists(at).items():
        took = [_timed(partial(_read, asked, one)) for one in asking]
        rows.append(_row(f"SQL: {name}", took, PROMISED_SQL))
    busiest = [users[0]] * (times // 10)
    for name, asked in lists(at).items():
        took = [_timed(partial(_read, asked, one)) for one in busiest]
        rows.append(_row(f"SQL, the busiest user: {name}", took, PROMISED_SQL))
    name = DATABASE.format(wanted)
    with web(home, name) as (port, _), storing(home, name):
        rows += _over_http(port, asking, at)
    return rows


def _read(asked: Asked, user: User) -> object:
    return asked.rows(_mine(user))


def _mine(user: User) -> QueryHistoryQuerySet:
    return QueryHistory.objects.of(user.pk).listed()


def _over_http(port: int, asking: Sequence[User], at: datetime) -> list[Row]:
    keys = {user.pk: ApiKeyFactory(user=user).text for user in set(asking)}
    client = http.client.HTTPConnection("127.0.0.1", port)
    rows = []
    for name, asked in lists(at).items():
        path = f"{PATH}?{urlencode(asked.params)}"
        took = [_timed(partial(_get, client, path, keys[one.pk])) for one in asking]
        rows.append(_row(f"HTTP: {name}", took, PROMISED_HTTP))
    ids = {
        user.pk: _mine(user).newest_first().values_list("pk", flat=True)[0] for user in set(asking)
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


def _fill(wanted: int) -> datetime:
    """Make the database if it is not there yet, whole; return when its last day ends."""
    use_database(DATABASE.format(wanted))
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    newest = QueryHistory.objects.order_by("-pk").first()
    if newest is None:
        _write(wanted, today)
        return today
    return newest.created_at


def _write(wanted: int, today: datetime) -> None:
    people([f"busy{number:04}@example.org" for number in range(USERS)], tier=Tier.ENTERPRISE)
    users = list(User.objects.order_by("email").values_list("pk", flat=True))
    given = {"users": users, "people": USERS, "rows": -(-wanted // DAYS)}
    given |= {"subjects": SUBJECTS, "places": PLACES, "kinds": KINDS}
    with connection.cursor() as cursor:
        cursor.execute("set statement_timeout = 0")
        cursor.execute("set session_replication_role = replica")  # the users are there
        cursor.execute(WITHOUT_INDEXES)
        for ago in range(DAYS, 0, -1):
            day = today - timedelta(days=ago)
            cursor.execute("select query_history_make_month(%s)", [day])
            cursor.execute(DAY_OF_ROWS, given | {"day": day})
            sys.stderr.write(".")
            sys.stderr.flush()
        for index in INDEXES:
            cursor.execute(index)
            sys.stderr.write("i")
            sys.stderr.flush()
        cursor.execute("vacuum analyze query_history")
        cursor.execute("reset all")
    sys.stderr.write("\n")
