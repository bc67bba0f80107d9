"""Each call of an agent or workflow that is answered becomes one row."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis
from django.conf import LazySettings
from django.db import OperationalError
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from batch.models import BatchJob
from batch.runner import working
from common.ids import uuid7
from history.models import Clearing, QueryHistory
from history.runner import keeping
from history.services import queries
from quotas import limiter
from quotas.models import UsageLog
from quotas.runner import consuming
from tests.factories import UserFactory
from tests.history.conftest import written

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("series")]
AGENTS = "/api/v2/agents"
CALLS: dict[str, tuple[str, dict[str, Any], str, int]] = {
    "query": (f"{AGENTS}/query", {"query": "liver  of rats"}, "liver of rats", 2),
    "search": (f"{AGENTS}/search", {"query": "breast cancer"}, "breast cancer", 1),
    "validate": (f"{AGENTS}/validate", {"dataset_ids": ["GSE101", "gse102"]}, "GSE101, gse102", 2),
    "summarize": (f"{AGENTS}/summarize", {"dataset_id": "GSE101"}, "GSE101", 1),
    "report": (f"{AGENTS}/report", {"dataset_ids": ["GSE101"]}, "GSE101", 1),
    "workflow": (
        "/api/v2/workflows/execute",
        {"query": "yeast heat shock", "workflow_type": "simple_search"},
        "yeast heat shock",
        1,
    ),
}


def post(api: APIClient, path: str, body: dict[str, Any]) -> Any:
    return api.post(path, body, format="json")


def search(api: APIClient, question: str = "breast cancer", **body: Any) -> Any:
    return post(api, f"{AGENTS}/search", {"query": question, **body})


@pytest.mark.parametrize("agent", CALLS)
def test_a_call_is_kept_with_question_agent_result_count_and_time(
    api: APIClient, ada: User, agent: str
) -> None:
    path, body, question, least = CALLS[agent]

    answer = post(api, path, body)

    row: Any = QueryHistory.objects.get()
    assert answer.status_code == 200
    assert (row.user, row.agent_type, row.query_text, row.cached) == (ada, agent, question, False)
    assert row.result_count >= least
    assert row.result
    assert row.execution_time_ms >= 0
    assert timezone.now() - row.created_at < timedelta(minutes=1)


def test_of_a_search_the_series_are_kept_in_their_order(api: APIClient) -> None:
    answer = search(api).json()

    row: Any = QueryHistory.objects.get()
    assert row.result["relevance_score"] == [
        [one["geo_id"], one["relevance_score"]] for one in answer["datasets"]
    ]
    assert row.result_count == len(answer["datasets"])


def test_a_call_that_is_refused_is_not_kept(api: APIClient) -> None:
    search(api, "")
    post(api, f"{AGENTS}/summarize", {"dataset_id": "GSE999999"})

    assert not QueryHistory.objects.exists()


def test_what_is_worked_for_is_there_when_the_answer_is(api: APIClient) -> None:
    search(api)

    assert QueryHistory.objects.count() == 1


def test_what_the_cache_had_travels_with_the_usage_event(
    api: APIClient, valkey: redis.Redis
) -> None:
    search(api)

    assert search(api).json()["cached"]
    assert QueryHistory.objects.count() == 1
    consuming.consume(at=timezone.now())

    rows = list(QueryHistory.objects.order_by("id").values_list("query_text", "cached"))
    assert rows == [("breast cancer", False), ("breast cancer", True)]
    assert UsageLog.objects.filter(pk=QueryHistory.objects.get(cached=True).pk).exists()


def test_an_event_that_comes_twice_is_one_question(ada: User) -> None:
    limiter.add_event(_event(ada))
    entries = limiter.valkey.server().client.xrange(limiter.STREAM)
    consuming.consume(at=timezone.now())
    limiter.add_event(entries[0][1][b"e"])

    consuming.consume(at=timezone.now())

    assert QueryHistory.objects.count() == 1


def test_a_question_deleted_meanwhile_does_not_come_back_with_its_event(ada: User) -> None:
    event = _event(ada)
    limiter.add_event(event)
    consuming.consume(at=timezone.now())
    queries.delete(user=ada, query_id=QueryHistory.objects.get().pk)
    limiter.add_event(event)

    consuming.consume(at=timezone.now())

    assert not QueryHistory.objects.exists()


def test_what_waits_in_the_stream_is_deleted_with_the_rest(ada: User) -> None:
    limiter.add_event(_event(ada))
    queries.clear(user=ada, at=timezone.now())

    consuming.consume(at=timezone.now())

    assert not QueryHistory.objects.exists()
    assert UsageLog.objects.count() == 1


def test_what_is_asked_after_deleting_all_is_kept(ada: User) -> None:
    queries.clear(user=ada, at=timezone.now())
    limiter.add_event(_event(ada))

    consuming.consume(at=timezone.now())

    assert QueryHistory.objects.count() == 1


def test_a_question_that_postgresql_refuses_takes_no_other_with_it(ada: User) -> None:
    bad = _event(ada, "NULL").replace(b'"NULL"', b'"\\u0000"')
    limiter.add_event(_event(ada, "one"))
    limiter.add_event(bad.replace(b'"query":"\\u0000"', b'"query":"x"'))
    limiter.add_event(_event(ada, "two"))

    consuming.consume(at=timezone.now())

    assert set(QueryHistory.objects.values_list("query_text", flat=True)) == {"one", "two"}


def test_a_question_of_a_month_that_is_not_made_is_kept(ada: User) -> None:
    event = written(ada, created_at=datetime(2031, 5, 31, 23, 59, tzinfo=UTC), id=(one := uuid7()))

    keeping.keep([event], new=[one])

    assert QueryHistory.objects.get().created_at.year == 2031


def test_a_question_is_kept_later_if_postgresql_does_not_take_it_now(
    api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OperationalError

    with monkeypatch.context() as broken:
        broken.setattr(keeping, "keep", refuse)
        assert search(api).status_code == 200
    assert not QueryHistory.objects.exists()

    consuming.consume(at=timezone.now())

    assert not QueryHistory.objects.get().cached


def test_nothing_is_kept_where_that_is_switched_off(api: APIClient, settings: LazySettings) -> None:
    settings.HISTORY_RECORDED = False

    search(api)
    search(api)
    consuming.consume(at=timezone.now())

    assert not QueryHistory.objects.exists()


def test_who_was_erased_meanwhile_leaves_no_question(ada: User) -> None:
    limiter.add_event(_event(ada))
    User.objects.filter(pk=ada.pk).delete()

    consuming.consume(at=timezone.now())

    assert not QueryHistory.objects.exists()
    assert UsageLog.objects.get().user is None


def test_what_comes_of_a_workflow_in_the_background_is_kept_when_it_ends(api: APIClient) -> None:
    sent = {"query": "breast cancer", "workflow_type": "simple_search", "background": True}
    answer = post(api, "/api/v2/workflows/execute", sent).json()
    before: Any = QueryHistory.objects.get()

    working.work()

    after: Any = QueryHistory.objects.get()
    assert (before.result_count, before.result["status"]) == (None, "pending")
    assert str(after.pk) == answer["workflow_id"]
    assert after.result["status"] == "completed"
    assert after.result_count == len(after.result["relevance_score"]) > 0


def test_a_workflow_whose_question_was_deleted_ends_all_the_same(api: APIClient) -> None:
    sent = {"query": "breast cancer", "workflow_type": "simple_search", "background": True}
    post(api, "/api/v2/workflows/execute", sent)
    QueryHistory.objects.all().delete()

    working.work()

    assert BatchJob.objects.get().status == "completed"


def test_one_persons_clearing_is_not_anothers(ada: User) -> None:
    Clearing.objects.create(user=UserFactory.create(), at=timezone.now() + timedelta(days=1))
    limiter.add_event(_event(ada))

    consuming.consume(at=timezone.now())

    assert QueryHistory.objects.count() == 1


def _event(user: User, question: str = "breast cancer") -> bytes:
    usage = {"api_key_id": None, "endpoint": "/a", "method": "POST", "status_code": 200, "cost": 1}
    return written(user, question, **usage)
