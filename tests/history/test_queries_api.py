"""`history/queries`: everybody their own questions, found again, exported, deleted, asked once more."""

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from common.ids import uuid7
from history import exporting
from history.models import QueryHistory
from history.services import queries
from quotas.models import UsageLog
from quotas.runner import consuming
from tests.factories import UserFactory
from tests.history.conftest import asked, client_of

pytestmark = pytest.mark.django_db
QUERIES = "/api/v2/history/queries"
LISTED = {
    *("id", "query_text", "agent_type", "result_count", "execution_time_ms", "cached"),
    "created_at",
}
DAY = timedelta(days=1)


def listed(api: APIClient, **params: object) -> list[str]:
    answer = api.get(QUERIES, params)
    assert answer.status_code == 200, answer.content
    return [one["query_text"] for one in answer.json()["results"]]


def content(answer: Any) -> str:
    return b"".join(answer.streaming_content).decode()


def test_the_list_has_the_callers_questions_newest_first(api: APIClient, ada: User) -> None:
    asked(ada, "one")
    asked(UserFactory.create(), "somebody else's")
    asked(ada, "two")

    answer = api.get(QUERIES).json()

    assert [one["query_text"] for one in answer["results"]] == ["two", "one"]
    assert set(answer) == {"next", "previous", "results"}
    assert set(answer["results"][0]) == LISTED
    assert answer["results"][0]["created_at"].endswith("Z")


def test_pages_stay_right_while_questions_are_added(api: APIClient, ada: User) -> None:
    for number in range(5):
        asked(ada, f"number {number}")
    first = api.get(QUERIES, {"page_size": 2}).json()
    asked(ada, "in between")

    second = api.get(first["next"]).json()

    shown = [one["query_text"] for one in first["results"] + second["results"]]
    assert shown == ["number 4", "number 3", "number 2", "number 1"]


@pytest.mark.usefixtures("series")
def test_what_was_asked_a_moment_ago_is_listed_though_the_cache_had_it(api: APIClient) -> None:
    for _ in range(2):
        api.post("/api/v2/agents/search", {"query": "breast cancer"}, format="json")

    shown = api.get(QUERIES).json()["results"]

    assert [one["cached"] for one in shown] == [True, False]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("liver", ["fasted livers of the rat"]),
        ("LIVERS rats", ["fasted livers of the rat"]),
        ('"of the rat"', ["fasted livers of the rat"]),
        ('"rat of"', []),
        ("-liver", ["breast cancer in mice"]),
        ("rat or mice", ["breast cancer in mice", "fasted livers of the rat"]),
        ("the", ["fasted livers of the rat"]),
        ("", ["breast cancer in mice", "fasted livers of the rat"]),
        ("');--", []),
        ("!&|:*<->", []),
    ],
)
def test_words_find_questions(api: APIClient, ada: User, words: str, found: list[str]) -> None:
    asked(ada, "fasted livers of the rat")
    asked(ada, "breast cancer in mice")
    asked(UserFactory.create(), "liver of mice")

    assert listed(api, q=words) == found


def test_the_list_is_narrowed_by_agent(api: APIClient, ada: User) -> None:
    asked(ada, "a search")
    asked(ada, "a report", agent_type="report")

    assert listed(api, agent_type="report") == ["a report"]


def test_the_list_is_narrowed_by_time_after_included_and_before_not(
    api: APIClient, ada: User
) -> None:
    now = timezone.now()
    for name, moment in {"old": now - 2 * DAY, "middle": now - DAY, "new": now}.items():
        asked(ada, name, created_at=moment)

    assert listed(api, after=(now - DAY).isoformat()) == ["new", "middle"]
    assert listed(api, before=(now - DAY).isoformat()) == ["old"]
    assert listed(api, after=(now - 2 * DAY).isoformat(), before=now.isoformat()) == [
        *("middle", "old")
    ]


@pytest.mark.parametrize(
    "params",
    [
        {"agent_type": "nobody"},
        {"after": "yesterday"},
        {"before": "0001-01-01T00:00:00+14:00"},
        {"q": "x\0"},
        {"q": "x" * 501},
        {"cursor": "x"},
        {"page_size": "0"},
    ],
)
def test_what_makes_no_sense_is_refused(api: APIClient, params: dict[str, str]) -> None:
    assert api.get(QUERIES, params).status_code == 400


def test_the_detail_has_the_result_with_the_titles_of_today(
    api: APIClient, ada: User, series: None
) -> None:
    row = asked(ada)

    answer = api.get(f"{QUERIES}/{row.pk}")

    assert set(answer.json()) == LISTED | {"asked", "result"}
    assert answer.json()["result"]["total_found"] == 1
    assert answer.json()["result"]["datasets"] == [
        {
            "geo_id": "GSE101",
            "title": "Breast tumours before and after chemotherapy",
            "relevance_score": 0.9,
        }
    ]


def test_who_has_the_detail_is_not_sent_it_again(api: APIClient, ada: User) -> None:
    path = f"{QUERIES}/{asked(ada).pk}"
    first = api.get(path)

    again = api.get(path, headers={"If-None-Match": first["ETag"]})

    assert (again.status_code, again.content) == (304, b"")


def test_a_question_is_deleted(api: APIClient, ada: User) -> None:
    row, other = asked(ada), asked(ada, "the other")

    assert api.delete(f"{QUERIES}/{row.pk}").status_code == 204
    assert api.get(f"{QUERIES}/{row.pk}").status_code == 404
    assert api.delete(f"{QUERIES}/{row.pk}").status_code == 404
    assert QueryHistory.objects.get() == other


def test_all_are_deleted_and_nobody_elses(
    api: APIClient, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "BATCH", 2)
    for _ in range(5):
        asked(ada)
    theirs = asked(UserFactory.create())

    assert api.delete(QUERIES).status_code == 204

    assert QueryHistory.objects.get() == theirs


def test_a_key_that_may_only_read_deletes_nothing(ada: User) -> None:
    row, reader = asked(ada), client_of(ada, scopes=["read"])

    assert reader.get(QUERIES).status_code == 200
    assert reader.delete(QUERIES).json()["code"] == "scope_required"
    assert reader.delete(f"{QUERIES}/{row.pk}").json()["code"] == "scope_required"


@pytest.mark.usefixtures("series")
def test_asking_again_answers_as_the_agent_does_and_is_a_question_of_its_own(
    api: APIClient, ada: User
) -> None:
    sent = {"query": "breast cancer", "filters": {"organism": "Homo sapiens"}, "max_results": 1}
    first = api.post("/api/v2/agents/search", sent, format="json").json()
    row = QueryHistory.objects.get()

    again = api.post(f"{QUERIES}/{row.pk}/again").json()

    assert again["datasets"] == first["datasets"]
    assert again["filters_applied"] == {"organism": "Homo sapiens"}
    assert listed(api) == ["breast cancer", "breast cancer"]


@pytest.mark.usefixtures("series")
def test_asking_again_counts_as_one_request(api: APIClient, ada: User) -> None:
    row = asked(ada)

    api.post(f"{QUERIES}/{row.pk}/again")

    consuming.consume(at=timezone.now())
    log = UsageLog.objects.get()
    assert (log.endpoint, log.cost) == ("/api/v2/history/queries/<uuid:query_id>/again", 1)


@pytest.mark.usefixtures("series")
@pytest.mark.parametrize(
    ("agent", "body"),
    [
        ("query", {"query": "liver of rats"}),
        ("search", {"search_terms": ["liver", "rat"], "source": "local", "fallback": False}),
        ("validate", {"dataset_ids": ["GSE101"], "min_quality_score": 0.0}),
        ("summarize", {"dataset_id": "GSE101"}),
        ("report", {"dataset_ids": ["GSE101"], "report_type": "brief"}),
        ("workflow", {"query": "yeast", "workflow_type": "simple_search"}),
    ],
)
def test_every_agent_can_be_asked_again(
    api: APIClient, ada: User, agent: str, body: dict[str, Any]
) -> None:
    row = asked(ada, "again", agent_type=agent, asked=body)

    answer = api.post(f"{QUERIES}/{row.pk}/again")

    assert answer.status_code == 200, answer.content
    assert QueryHistory.objects.filter(agent_type=agent).count() == 2


@pytest.mark.usefixtures("series")
def test_what_a_tier_does_not_include_is_not_had_by_asking_again() -> None:
    poor = UserFactory.create()
    row = asked(poor, "GSE101", agent_type="summarize", asked={"dataset_id": "GSE101"})

    answer = client_of(poor).post(f"{QUERIES}/{row.pk}/again")

    assert (answer.status_code, answer.json()["code"]) == (403, "tier_required")


@pytest.mark.usefixtures("series")
@pytest.mark.parametrize(("agent", "status"), [("search", 200), ("workflow", 403)])
def test_a_key_asks_again_what_it_may_ask(ada: User, agent: str, status: int) -> None:
    row = asked(ada, agent_type=agent, asked={"query": "yeast"})

    answer = client_of(ada, scopes=["read"]).post(f"{QUERIES}/{row.pk}/again")

    assert answer.status_code == status


def test_others_questions_are_not_asked_again(api: APIClient) -> None:
    theirs = asked(UserFactory.create())

    answers = [api.post(f"{QUERIES}/{one}/again") for one in (theirs.pk, uuid7())]

    assert [answer.status_code for answer in answers] == [404, 404]


def test_an_export_as_csv_has_a_heading_and_a_line_for_each(api: APIClient, ada: User) -> None:
    row = asked(ada, "liver, and more")

    answer = api.get(f"{QUERIES}/export", {"format": "csv"})

    lines = list(csv.DictReader(io.StringIO(content(answer))))
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer["Content-Disposition"]
    assert [one["id"] for one in lines] == [str(row.pk)]
    assert (lines[0]["query_text"], lines[0]["datasets"]) == ("liver, and more", "GSE101")


def test_no_cell_of_an_export_is_a_formula(api: APIClient, ada: User) -> None:
    asked(ada, '=HYPERLINK("http://evil.example")')

    lines = list(csv.DictReader(io.StringIO(content(api.get(f"{QUERIES}/export")))))

    assert lines[0]["query_text"].startswith("'=")


def test_an_export_as_ndjson_has_an_object_in_each_line(api: APIClient, ada: User) -> None:
    asked(ada, "one")
    asked(ada, "two")

    answer = api.get(f"{QUERIES}/export", {"format": "ndjson"})

    lines = [json.loads(line) for line in content(answer).splitlines()]
    assert [one["query_text"] for one in lines] == ["two", "one"]
    assert lines[0]["result"]["datasets"][0]["geo_id"] == "GSE101"


def test_an_export_is_narrowed_as_the_list_is_and_holds_only_the_callers(
    api: APIClient, ada: User
) -> None:
    asked(ada, "liver")
    asked(ada, "heart")
    asked(UserFactory.create(), "liver too")

    answer = api.get(f"{QUERIES}/export", {"format": "ndjson", "q": "liver"})

    assert [json.loads(line)["query_text"] for line in content(answer).splitlines()] == ["liver"]


def test_an_export_reads_in_parts(
    api: APIClient, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "AT_ONCE", 3)
    for number in range(7):
        asked(ada, f"number {number}")

    with CaptureQueriesContext(connection) as seen:
        lines = list(exporting.as_ndjson(QueryHistory.objects.of(ada.pk)))

    assert len(lines) == 7
    assert len([one for one in seen if "query_history" in one["sql"]]) == 4
