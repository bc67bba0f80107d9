"""What users are told of what they used."""

import math
import random
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from history.analytics import site, sums
from history.analytics.ranges import Interval, Range
from quotas.durations import ERROR
from quotas.runner import storing
from tests.factories import ApiKeyFactory, UserFactory, access_token
from tests.history.used import DATASETS, QUERY, SEARCH, request, used

pytestmark = pytest.mark.django_db
PATH = "/api/v2/analytics/usage"
NOON = datetime(2025, 6, 15, 12, tzinfo=UTC)
ONE_DAY = timedelta(days=1)
MIXED = [
    {"endpoint": SEARCH, "method": "POST", "execution_time_ms": 300},
    {"endpoint": SEARCH, "method": "POST", "execution_time_ms": 400, "status_code": 400},
    {"endpoint": QUERY, "method": "POST"},
    {"endpoint": "/api/v2/workflows/execute", "method": "POST"},
    {"endpoint": DATASETS},
    {"endpoint": DATASETS},
    {"endpoint": DATASETS, "status_code": 404},
]
Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def user() -> User:
    return UserFactory.create()


@pytest.fixture
def client(user: User) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {access_token(user)}")
    return client


@pytest.fixture
def ask(client: APIClient) -> Ask:
    def answer(**parameters: Any) -> dict[str, Any]:
        said = {name.strip("_"): value for name, value in parameters.items()}
        response = client.get(f"{PATH}?{urlencode(said)}")
        assert response.status_code == 200, response.content
        found: dict[str, Any] = response.json()
        return found

    return answer


def counts(answer: dict[str, Any]) -> list[int]:
    return [point["requests"] for point in answer["series"]]


# --- Time ---------------------------------------------------------------------------------------


def test_without_parameters_the_last_thirty_days_are_told_up_to_this_moment(
    user: User, ask: Ask
) -> None:
    used(user, timezone.now())

    answer = ask()

    assert answer["interval"] == "day"
    assert counts(answer) == [0] * 29 + [1]
    assert answer["series"][0]["at"] == answer["from"]
    assert answer["totals"] == {"requests": 1, "errors": 0, "p50_ms": 7, "p95_ms": 7}


def test_the_running_hour_is_part_of_the_last_day(user: User, ask: Ask) -> None:
    used(user, timezone.now())

    assert counts(ask(interval="hour")) == [0] * 23 + [1]


def test_twelve_months_are_told_if_nobody_says_from_when(user: User, ask: Ask) -> None:
    used(user, timezone.now())

    assert counts(ask(interval="month")) == [0] * 11 + [1]


def test_what_begins_a_range_is_in_it_and_what_ends_it_is_not(user: User, ask: Ask) -> None:
    first, past = datetime(2025, 6, 10, tzinfo=UTC), datetime(2025, 6, 12, tzinfo=UTC)
    moment = timedelta(microseconds=1)
    used(user, first - moment, first, past - moment, past)

    assert counts(ask(from_="2025-06-10", to="2025-06-12")) == [1, 1]


def test_a_range_is_widened_to_whole_intervals_and_the_answer_says_so(user: User, ask: Ask) -> None:
    used(user, NOON - timedelta(hours=12))

    answer = ask(from_="2025-06-15T12:30:00Z", to="2025-06-16T00:00:01Z")

    assert (answer["from"], answer["to"]) == ("2025-06-15T00:00:00Z", "2025-06-17T00:00:00Z")
    assert counts(answer) == [1, 0]


def test_moments_with_a_time_zone_are_read_in_it(ask: Ask) -> None:
    answer = ask(from_="2025-06-15T01:00:00+02:00", to="2025-06-15T02:00+02:00", interval="hour")

    assert (answer["from"], answer["to"]) == ("2025-06-14T23:00:00Z", "2025-06-15T00:00:00Z")


def test_a_plus_that_was_not_quoted_is_read_as_one(client: APIClient) -> None:
    answer = client.get(f"{PATH}?from=2025-06-15T01:00:00+02:00&to=2025-06-16").json()

    assert answer["from"] == "2025-06-14T00:00:00Z"


@pytest.mark.parametrize("interval", ["hour", "day", "month"])
def test_a_month_comes_to_the_same_however_finely_it_is_told(
    user: User, ask: Ask, interval: str
) -> None:
    chance = random.Random(3)  # noqa: S311 (no secret)
    moments = [NOON + timedelta(hours=chance.uniform(-300, 300)) for _ in range(40)]
    for number, moment in enumerate(moments):
        used(user, moment, execution_time_ms=number * 20, status_code=200 if number % 4 else 500)

    answer = ask(from_="2025-06-01", to="2025-07-01", interval=interval, group_by="endpoint")

    exact = {"requests": 40, "errors": 10}
    assert {name: answer["totals"][name] for name in exact} == exact
    assert sum(counts(answer)) == 40
    assert answer["totals"]["p50_ms"] == pytest.approx(380, rel=ERROR)
    assert answer["totals"]["p95_ms"] == pytest.approx(740, rel=ERROR)
    kind = {"endpoint": DATASETS, "method": "GET"}
    assert answer["groups"] == [{**kind, **answer["totals"]}]


def test_groups_over_edges_of_months_hold_what_the_days_hold(user: User, ask: Ask) -> None:
    start = datetime(2025, 4, 20, tzinfo=UTC)
    used(user, *(start + number * ONE_DAY for number in range(80)))

    answer = ask(from_="2025-04-25", to="2025-07-03", group_by="status")

    assert [group["requests"] for group in answer["groups"]] == [69]
    assert answer["totals"]["requests"] == 69


# --- Whose, and of what kind ----------------------------------------------------------------------


@pytest.mark.parametrize("interval", ["hour", "day", "month"])
def test_what_others_used_is_not_told(ask: Ask, interval: str) -> None:
    used(UserFactory.create(), timezone.now())

    answer = ask(interval=interval, group_by="endpoint")

    assert answer["totals"] == {"requests": 0, "errors": 0, "p50_ms": None, "p95_ms": None}
    assert answer["groups"] == []


@pytest.fixture
def mixed(user: User) -> None:
    for one in MIXED:
        used(user, NOON, **one)


def groups_of(ask: Ask, group_by: str) -> list[tuple[Any, ...]]:
    answer = ask(from_="2025-06-15", to="2025-06-16", group_by=group_by)
    assert sum(group["requests"] for group in answer["groups"]) == answer["totals"]["requests"]
    assert sum(group["errors"] for group in answer["groups"]) == answer["totals"]["errors"] == 2
    measures = ("requests", "errors", "p50_ms", "p95_ms")
    return [
        (*(value for name, value in group.items() if name not in measures), group["requests"])
        for group in answer["groups"]
    ]


@pytest.mark.usefixtures("mixed")
def test_without_a_grouping_there_are_no_groups(ask: Ask) -> None:
    assert ask(from_="2025-06-15", to="2025-06-16")["groups"] == []


@pytest.mark.usefixtures("mixed")
def test_requests_are_grouped_by_endpoint_and_method_most_first(ask: Ask) -> None:
    assert groups_of(ask, "endpoint") == [
        (DATASETS, "GET", 3),
        (SEARCH, "POST", 2),
        (QUERY, "POST", 1),
        ("/api/v2/workflows/execute", "POST", 1),
    ]


@pytest.mark.usefixtures("mixed")
def test_requests_are_grouped_by_status(ask: Ask) -> None:
    assert groups_of(ask, "status") == [(200, 5), (400, 1), (404, 1)]


@pytest.mark.usefixtures("mixed")
def test_requests_are_grouped_by_agent_and_what_asks_none_has_none(ask: Ask) -> None:
    assert groups_of(ask, "agent") == [(None, 3), ("search", 2), ("query", 1), ("workflow", 1)]


@pytest.mark.usefixtures("mixed")
def test_groupings_can_be_combined(ask: Ask) -> None:
    assert set(groups_of(ask, "agent,status")) == {
        (None, 200, 2),
        (None, 404, 1),
        ("search", 200, 1),
        ("search", 400, 1),
        ("query", 200, 1),
        ("workflow", 200, 1),
    }


@pytest.mark.usefixtures("mixed")
def test_each_group_has_times_of_its_own(ask: Ask) -> None:
    groups = ask(from_="2025-06-15", to="2025-06-16", group_by="status")["groups"]

    assert [group["p50_ms"] for group in groups] == [7, pytest.approx(400, rel=ERROR), 7]


def test_what_users_usage_says_of_today_is_what_analytics_say(
    user: User, client: APIClient, ask: Ask
) -> None:
    used(user, timezone.now(), timezone.now())

    today = client.get("/api/v2/users/usage").json()["by_endpoint"]
    answer = ask(from_=timezone.now().date().isoformat(), group_by="endpoint")

    assert [one["count"] for one in today] == [one["requests"] for one in answer["groups"]] == [2]


# --- Times ----------------------------------------------------------------------------------------


def test_percentiles_are_off_by_five_percent_at_most_however_the_rows_came(
    user: User, ask: Ask
) -> None:
    chance = random.Random(5)  # noqa: S311 (no secret)
    took = [int(chance.lognormvariate(4, 1.5)) for _ in range(600)]
    for part in range(0, 600, 150):
        storing.store(
            [
                request(user, NOON + timedelta(hours=ms % 9), execution_time_ms=ms)
                for ms in took[part : part + 150]
            ]
        )

    totals = ask(from_="2025-06-15", to="2025-06-16")["totals"]

    for name, share in (("p50_ms", 50), ("p95_ms", 95)):
        exact = sorted(took)[math.ceil(len(took) * share / 100) - 1]
        assert totals[name] == pytest.approx(exact, rel=ERROR)


# --- What is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ("interval=week", "interval"),
        ("interval=", "interval"),
        ("group_by=user", "group_by"),
        ("group_by=", "group_by"),
        ("group_by=endpoint,", "group_by"),
        ("from=yesterday", "from"),
        ("from=2025-02-30", "from"),
        ("from=2025-06-01%00", "from"),
        ("from=0001-01-01", "from"),
        ("to=9999-12-31T23:59:59Z", "to"),
        ("to=9999-12-31T23:59:59-23:59", "to"),
        ("from=2025-06-02&to=2025-06-01", "from"),
        ("from=2025-06-01&to=2025-06-01", "from"),
        ("from=2099-06-01", "from"),
        ("from=2025-01-01&to=2025-02-01T01:00&interval=hour", "from"),
        ("from=2024-01-01&to=2025-02-05&interval=day", "from"),
        ("from=2020-01-01&to=2025-01-02&interval=month", "from"),
    ],
)
def test_what_cannot_be_told_is_refused_by_name(
    client: APIClient, parameters: str, field: str
) -> None:
    answer = client.get(f"{PATH}?{parameters}")

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]


@pytest.mark.parametrize(
    ("parameters", "points"),
    [
        ("from=2025-01-01&to=2025-02-01&interval=hour", 744),
        ("from=2024-01-01&to=2025-02-04&interval=day", 400),
        ("from=2020-01-01&to=2025-01-01&interval=month", 60),
    ],
)
def test_the_longest_ranges_are_told(client: APIClient, parameters: str, points: int) -> None:
    assert len(client.get(f"{PATH}?{parameters}").json()["series"]) == points


def test_a_key_that_may_read_may_ask(user: User) -> None:
    key = ApiKeyFactory(user=user, scopes=["read"])

    assert APIClient().get(PATH, headers={"X-API-Key": key.text}).status_code == 200


def test_answers_are_kept_by_nobody(client: APIClient) -> None:
    assert "no-store" in client.get(PATH)["Cache-Control"]


# --- How it is read -------------------------------------------------------------------------------


def plans(queries: CaptureQueriesContext) -> str:
    """Return how PostgreSQL would answer these, were the tables too large to be read whole."""
    told = []
    with connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off")
        for query in queries.captured_queries:
            cursor.execute(f"explain {query['sql']}")
            told += [row[0] for row in cursor]
    return "\n".join(told)


@pytest.mark.parametrize("interval", [*Interval])
def test_nothing_is_read_by_going_through_a_table(user: User, interval: Interval) -> None:
    used(user, NOON)
    asked = Range.over(NOON - 30 * ONE_DAY, NOON + 30 * ONE_DAY, interval)

    with CaptureQueriesContext(connection) as queries:
        sums.of_user(user, asked, by_kind=True)
        site.of_site(asked=asked, group_by=[], at=timezone.now())

    found = plans(queries)
    tables = r"usage_\w+|active_months|tier_changes"
    assert len(set(re.findall(tables, found))) > 5
    assert not re.search(rf"Seq Scan on ({tables})", found)
    assert "usage_logs" not in found
