"""After somebody is erased, nothing that leads to them is anywhere: every table, store and log line is read."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from django.conf import settings
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from accounts.runner import mail
from batch.runner import working
from caching.models import Demand, SearchCache, Use
from caching.services.personal_data import of_user as cached_for
from history.models import QueryHistory
from quotas import limiter
from quotas.models import UsageLog
from tests.factories import PASSWORD, UserFactory
from tests.history.conftest import client_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("series")]
CANARY = "zqcanary"
EMAIL, NAME = f"{CANARY}@lab.example", f"Dr {CANARY}"
QUESTION = f"breast cancer {CANARY}"
AGENTS = "/api/v2/agents"


@pytest.fixture
def person() -> User:
    return UserFactory.create(email=EMAIL, full_name=NAME, tier="pro")


@pytest.fixture
def api(person: User) -> APIClient:
    return client_of(person, name=CANARY, scopes=["read", "write"])


def signed_in() -> APIClient:
    client = APIClient(headers={"User-Agent": CANARY})
    sent = {"email": EMAIL, "password": PASSWORD}
    token = client.post("/api/v2/auth/login", sent, format="json").json()["access"]
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


def live(api: APIClient) -> None:
    """Leave traces wherever somebody can."""
    sent: list[tuple[str, dict[str, object]]] = [
        (f"{AGENTS}/query", {"query": QUESTION}),
        (f"{AGENTS}/search", {"query": QUESTION}),
        (f"{AGENTS}/search", {"query": QUESTION}),  # the cache has it: it waits in the stream
        (f"{AGENTS}/search", {"search_terms": ["liver", CANARY]}),
        (f"{AGENTS}/validate", {"dataset_ids": ["GSE101", CANARY]}),
        (f"{AGENTS}/report", {"query": QUESTION}),
        ("/api/v2/workflows/execute", {"query": QUESTION}),
        ("/api/v2/workflows/execute", {"query": QUESTION, "background": True}),
    ]
    for path, body in sent:
        assert api.post(path, body, format="json").status_code in {200, 202}
    working.work()
    api.post(f"{AGENTS}/search", {"query": f"'{CANARY}\x00"}, format="json")  # refused
    api.get(f"/api/v2/datasets/{CANARY}")
    api.get("/api/v2/history/queries", {"q": CANARY})
    api.post(f"{AGENTS}/search", {"query": QUESTION}, format="json")  # it waits as well
    browser = signed_in()
    browser.patch("/api/v2/auth/me", {"full_name": f"{NAME} the second"}, format="json")
    browser.post("/api/v2/users/api-keys", {"name": CANARY}, format="json")
    APIClient().post("/api/v2/auth/password/reset", {"email": EMAIL}, format="json")
    mail.send_due(at=timezone.now())


def tables() -> Iterator[tuple[str, str]]:
    """Yield (table, row as text) of all there are, partitions too."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select format('%I.%I', table_schema, table_name) from information_schema.tables"
            " where table_type = 'BASE TABLE'"
            " and table_schema not in ('pg_catalog', 'information_schema')"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f"select one::text from {table} as one")  # noqa: S608 (from the catalogue)
            yield from ((table, row) for (row,) in cursor.fetchall())


def stores() -> Iterator[tuple[str, bytes]]:
    """Yield (key, all of it) of both Valkeys, of every database."""
    for url in (settings.REDIS_URL, settings.CACHE_URL):
        with redis.Redis.from_url(url) as client:
            for key in client.scan_iter():
                yield key.decode(), key + _value(client, key)


def _value(client: redis.Redis, key: bytes) -> bytes:
    kind: Any = client.type(key)
    read: dict[bytes, Any] = {
        b"string": lambda: client.get(key),
        b"hash": lambda: client.hgetall(key),
        b"list": lambda: client.lrange(key, 0, -1),
        b"set": lambda: client.smembers(key),
        b"zset": lambda: client.zrange(key, 0, -1),
        b"stream": lambda: client.xrange(key),
    }
    return repr(read[kind]()).encode()


def traces(*marks: str) -> list[str]:
    in_tables = {table for table, row in tables() for mark in marks if mark in row}
    in_stores = {key for key, value in stores() for mark in marks if mark.encode() in value}
    return sorted(in_tables | in_stores)


def test_after_erasure_nothing_leads_to_a_person(
    api: APIClient, person: User, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    live(api)
    before = traces(CANARY)
    id_, requests = str(person.pk), UsageLog.objects.count()

    answer = signed_in().delete("/api/v2/auth/me", {"password": PASSWORD}, format="json")

    assert answer.status_code == 204
    assert {
        "public.query_history",
        "public.workflows",
        "public.batch_job_items",
        "public.search_cache",
    } <= {one.rsplit("_20", 1)[0] for one in before}
    assert any(one.startswith("answers:") for one in before)
    assert limiter.STREAM in before
    assert traces(CANARY) == []
    assert [one for one in traces(id_) if not one.startswith("rl:{u:")] == []  # counts, for a day
    assert CANARY not in caplog.text
    assert UsageLog.objects.count() > requests
    assert not UsageLog.objects.exclude(user=None).exists()


def test_what_others_were_given_too_stays_in_the_cache(api: APIClient, person: User) -> None:
    other = UserFactory.create()
    for one in (api, client_of(other)):
        one.post(f"{AGENTS}/search", {"query": "liver"}, format="json")
    api.post(f"{AGENTS}/search", {"query": "yeast"}, format="json")

    signed_in().delete("/api/v2/auth/me", {"password": PASSWORD}, format="json")

    assert [one.query_text for one in SearchCache.objects.all()] == ["liver"]
    assert Use.objects.get().user == other
    assert not Demand.objects.filter(parameters__query="yeast").exists()


def test_the_export_of_all_that_is_stored_has_the_questions_that_are_on_their_way_too(
    api: APIClient, person: User
) -> None:
    for _ in range(2):
        api.post(f"{AGENTS}/search", {"query": QUESTION}, format="json")

    document = signed_in().get("/api/v2/auth/me/export").json()

    asked = document["history"]["newest_queries"]
    assert [one["query_text"] for one in asked] == [QUESTION, QUESTION]
    assert asked[1]["result"]["relevance_score"]
    assert QueryHistory.objects.count() == 1
    assert cached_for(user=person)
