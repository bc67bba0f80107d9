"""`POST workflows/execute`, `GET` and `DELETE workflows/{id}`."""

from typing import Any

import pytest
import redis
from django.conf import settings
from django.test import Client
from rest_framework.test import APIClient

from batch.runner import working
from discovery.models import Workflow
from tests.factories import ApiKeyFactory, UserFactory, access_token

EXECUTE = "/api/v2/workflows/execute"
ANSWERED = {
    *("workflow_id", "workflow_type", "status", "stage_results", "total_datasets_found"),
    *("total_datasets_analyzed", "high_quality_datasets", "datasets", "final_report"),
    *("report_title", "execution_time_ms"),
}

pytestmark = pytest.mark.django_db


def signed_in() -> APIClient:
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {access_token(UserFactory())}")
    return client


@pytest.fixture
def api() -> APIClient:
    return signed_in()


def execute(api: APIClient, **body: object) -> Any:
    return api.post(EXECUTE, body, format="json")


def stages(answer: dict[str, Any]) -> list[str]:
    return [one["stage"] for one in answer["stage_results"]]


@pytest.mark.usefixtures("five_series")
def test_a_full_analysis_finds_judges_and_reports(api: APIClient) -> None:
    answer = execute(api, query="breast cancer").json()

    assert set(answer) >= ANSWERED
    assert (answer["workflow_type"], answer["status"]) == ("full_analysis", "completed")
    assert answer["progress"] == 100
    assert [
        (one["stage"], one["agent_name"], one["success"], one["error"])
        for one in answer["stage_results"]
    ] == [
        ("query_processing", "query", True, None),
        ("dataset_search", "search", True, None),
        ("data_validation", "validate", True, None),
        ("report_generation", "report", True, None),
    ]
    first = answer["datasets"][0]
    assert first["geo_id"] == "GSE101"
    assert first["quality"]["score"] == first["quality_score"]
    assert 0 < first["relevance_score"] <= 1
    assert answer["total_datasets_analyzed"] == len(answer["datasets"])
    high = [one for one in answer["datasets"] if one["quality"]["level"] in {"good", "excellent"}]
    assert 0 < len(high) < len(answer["datasets"])
    assert answer["high_quality_datasets"] == len(high)
    assert answer["report_title"] == "Comprehensive report: breast cancer"
    assert answer["final_report"].startswith("# Comprehensive report")
    assert answer["report"]["key_insights"]


@pytest.mark.usefixtures("five_series")
@pytest.mark.parametrize(
    ("kind", "expected", "has"),
    [
        ("simple_search", ["query_processing", "dataset_search"], set()),
        (
            "quick_report",
            ["query_processing", "dataset_search", "report_generation"],
            {"final_report", "total_datasets_analyzed"},
        ),
        (
            "data_validation",
            ["query_processing", "dataset_search", "data_validation"],
            {"quality", "total_datasets_analyzed"},
        ),
    ],
)
def test_each_type_goes_as_far_as_it_says(
    api: APIClient, kind: str, expected: list[str], has: set[str]
) -> None:
    answer = execute(api, query="yeast heat shock", max_results=1, workflow_type=kind).json()

    assert stages(answer) == expected
    assert answer["status"] == "completed"
    told = answer | answer["datasets"][0]
    names = {"final_report", "quality", "total_datasets_analyzed"}
    assert {name for name in names if told[name]} == has


@pytest.mark.usefixtures("five_series")
def test_named_series_are_taken_as_they_are(api: APIClient) -> None:
    answer = execute(api, dataset_ids=["GSE103", "GSE999"], workflow_type="data_validation").json()

    assert stages(answer) == ["dataset_search", "data_validation"]
    assert [one["geo_id"] for one in answer["datasets"]] == ["GSE103"]
    assert answer["datasets"][0]["relevance_score"] is None
    assert answer["not_found"] == ["GSE999"]


@pytest.mark.usefixtures("five_series")
def test_filters_and_the_kind_of_report_are_heeded(api: APIClient) -> None:
    answer = execute(
        api,
        query="tumour cells",
        filters={"organism": "mouse", "released_after": "2009-12-31"},
        report_type="brief",
        report_format="html",
    ).json()

    assert [one["geo_id"] for one in answer["datasets"]] == ["GSE102"]
    assert answer["final_report"].startswith('<article class="report">\n<h1>Brief report')


def test_a_workflow_whose_series_are_all_unknown_has_failed_and_says_why(api: APIClient) -> None:
    answer = execute(api, dataset_ids=["GSE999"])

    assert answer.status_code == 200
    assert answer.json()["status"] == "failed"
    search, *others = answer.json()["stage_results"]
    assert "none of these series: GSE999" in search["error"]
    assert {(one["success"], one["error"]) for one in others} == {
        (False, "Not begun: no series could be found to work on.")
    }


@pytest.mark.usefixtures("five_series")
def test_what_was_executed_can_be_read_again(api: APIClient) -> None:
    answer = execute(api, query="breast cancer").json()

    again = api.get(f"/api/v2/workflows/{answer['workflow_id']}")

    assert again.status_code == 200
    assert again.json() == answer


@pytest.mark.usefixtures("five_series")
def test_a_workflow_that_did_not_change_is_not_sent_again(api: APIClient) -> None:
    path = f"/api/v2/workflows/{execute(api, query='liver').json()['workflow_id']}"
    etag = api.get(path)["ETag"]

    answer = api.get(path, headers={"If-None-Match": etag})

    assert (answer.status_code, answer.content) == (304, b"")


@pytest.mark.usefixtures("five_series")
def test_in_the_background_it_is_accepted_and_then_done(
    api: APIClient, django_capture_on_commit_callbacks: Any, valkey: redis.Redis
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        accepted = execute(api, query="breast cancer", background=True)

    assert accepted.status_code == 202
    body = accepted.json()
    assert accepted["Location"] == f"/api/v2/workflows/{body['workflow_id']}"
    assert (body["status"], body["progress"], body["datasets"]) == ("pending", 0, [])
    assert valkey.llen("batch") == settings.BATCH_PROCESSES

    working.work()

    done = api.get(accepted["Location"]).json()
    assert (done["status"], done["progress"]) == ("completed", 100)
    assert done["workflow_id"] == body["workflow_id"]
    assert done["final_report"].startswith("# Comprehensive report")
    assert set(done) == set(body)


@pytest.mark.usefixtures("five_series", "valkey")
def test_named_series_can_be_worked_on_in_the_background(api: APIClient) -> None:
    sent = {"dataset_ids": ["GSE103"], "workflow_type": "data_validation", "background": True}
    place = execute(api, **sent)["Location"]

    working.work()

    done = api.get(place).json()
    assert (done["status"], done["query"]) == ("completed", None)
    assert [one["geo_id"] for one in done["datasets"]] == ["GSE103"]


@pytest.mark.usefixtures("valkey")
def test_a_workflow_in_the_background_that_fails_says_which_stage_did(api: APIClient) -> None:
    place = execute(api, dataset_ids=["GSE999"], background=True)["Location"]

    working.work()

    failed = api.get(place).json()
    assert (failed["status"], failed["progress"], failed["datasets"]) == ("failed", 100, [])
    assert "none of these series: GSE999" in failed["error"]
    assert failed["stage_results"][0]["error"] == failed["error"]
    assert len(failed["stage_results"]) == 3


@pytest.mark.usefixtures("five_series")
@pytest.mark.parametrize("method", ["get", "delete"])
def test_somebody_elses_workflow_looks_like_none(api: APIClient, method: str) -> None:
    theirs = execute(signed_in(), query="liver").json()["workflow_id"]
    none = "00000000-0000-7000-8000-000000000000"

    answers = [
        getattr(api, method)(f"/api/v2/workflows/{one}", headers={"X-Request-ID": "same"})
        for one in (theirs, none)
    ]

    assert [one.status_code for one in answers] == [404, 404]
    assert answers[0].content == answers[1].content
    assert Workflow.objects.count() == 1


@pytest.mark.usefixtures("five_series")
def test_a_workflow_can_be_forgotten(api: APIClient) -> None:
    path = f"/api/v2/workflows/{execute(api, query='liver').json()['workflow_id']}"

    assert api.delete(path).status_code == 204
    assert api.get(path).status_code == 404


@pytest.mark.usefixtures("five_series", "valkey")
@pytest.mark.parametrize("path", [EXECUTE, "/api/v2/agents/report"])
def test_it_costs_what_its_one_search_costs(api: APIClient, path: str) -> None:
    api.post(path, {"query": "breast cancer"}, format="json")

    assert api.get("/api/v2/users/usage").json()["hour"]["used"] == 1


def test_executing_needs_a_key_that_may_write(api: APIClient) -> None:
    api.credentials(HTTP_X_API_KEY=ApiKeyFactory(scopes=["read"]).text)

    answer = execute(api, query="liver")

    assert (answer.status_code, answer.json()["code"]) == (403, "scope_required")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "query"),
        ({"query": "a", "workflow_type": "magic"}, "workflow_type"),
        ({"query": "a", "background": "perhaps"}, "background"),
        ({"query": "a", "max_results": 101}, "max_results"),
        ({"query": "a", "report_type": "long"}, "report_type"),
        ({"query": "a", "filters": {"tissue": "liver"}}, "filters.tissue"),
        ({"query": "a", "webhook_url": "x"}, "webhook_url"),
    ],
)
def test_a_bad_order_is_refused_with_the_field_that_is_wrong(
    body: dict[str, object], field: str, api: APIClient
) -> None:
    answer = execute(api, **body)

    assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")
    assert list(answer.json()["errors"]) == [field]
    assert not Workflow.objects.exists()


@pytest.mark.usefixtures("five_series")
def test_staff_see_how_a_workflow_did_and_not_what_it_was_about(api: APIClient) -> None:
    made = execute(api, query="breast cancer canary").json()["workflow_id"]
    staff = Client()
    staff.force_login(UserFactory(is_staff=True))

    page = staff.get(f"/admin/discovery/workflow/{made}/change/")

    assert page.status_code == 200
    assert "report_generation" in page.text
    assert "canary" not in page.text


@pytest.mark.usefixtures("five_series")
def test_a_persons_export_holds_their_workflows(api: APIClient) -> None:
    mine = execute(api, query="breast cancer").json()
    execute(signed_in(), query="yeast")

    exported = api.get("/api/v2/auth/me/export").json()["workflows"]

    assert [one["id"] for one in exported] == [mine["workflow_id"]]
    assert exported[0]["asked"]["query"] == "breast cancer"
