"""`POST agents/report` and `GET agents`."""

import json
from typing import Any

import jsonschema
import pytest
from rest_framework.test import APIClient

from tests.discovery.conftest import Load
from tests.factories import ApiKeyFactory

REPORT = "/api/v2/agents/report"
AGENTS = "/api/v2/agents"
ANSWERED = {
    *("title", "summary", "sections", "key_insights", "recommendations", "datasets_included"),
    *("quality_summary", "full_report"),
}

pytestmark = pytest.mark.django_db


@pytest.fixture
def api() -> APIClient:
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_X_API_KEY=ApiKeyFactory().text)
    return client


def post(api: APIClient, **body: object) -> Any:
    return api.post(REPORT, body, format="json")


@pytest.mark.usefixtures("five_series")
def test_a_report_on_named_series_answers_in_the_form_of_the_contract(api: APIClient) -> None:
    answer = post(api, dataset_ids=["GSE102", "gse101"]).json()

    assert set(answer) >= ANSWERED
    assert answer["datasets_included"] == ["GSE102", "GSE101"]
    assert answer["title"] == "Comprehensive report: GSE102 and GSE101"
    assert answer["quality_summary"]["judged"] == 2
    assert {tuple(one) for one in answer["key_insights"]} == {
        ("insight", "supporting_datasets", "confidence")
    }
    assert answer["full_report"].startswith("# Comprehensive report")
    assert answer["not_found"] == []


@pytest.mark.usefixtures("five_series")
def test_a_report_on_a_question_is_about_the_series_that_answer_it(api: APIClient) -> None:
    answer = post(api, query="breast cancer chemotherapy", max_results=2).json()

    assert answer["title"] == "Comprehensive report: breast cancer chemotherapy"
    assert answer["datasets_included"][0] == "GSE101"
    assert len(answer["datasets_included"]) <= 2
    best = answer["key_insights"][0]
    assert best["insight"].startswith("GSE101 answers the question best")
    assert 0 < best["confidence"] <= 1


@pytest.mark.usefixtures("five_series")
def test_filters_narrow_what_a_question_finds(api: APIClient) -> None:
    answer = post(api, query="tumour cells", filters={"organism": "mouse"}).json()

    assert answer["datasets_included"] == ["GSE102"]


@pytest.mark.usefixtures("five_series")
def test_with_a_question_and_series_the_question_is_the_title(api: APIClient) -> None:
    answer = post(api, query="heat shock", dataset_ids=["GSE103"]).json()

    assert answer["title"] == "Comprehensive report: heat shock"
    assert answer["datasets_included"] == ["GSE103"]


@pytest.mark.usefixtures("five_series")
def test_a_question_that_nothing_answers_has_a_report_that_says_so(api: APIClient) -> None:
    answer = post(api, query="breast cancer", filters={"organism": "Danio rerio"}).json()

    assert answer["summary"] == "Nothing in the catalogue answers this question."
    assert answer["datasets_included"] == []
    assert answer["quality_summary"]["judged"] == 0
    assert answer["quality_summary"]["average_score"] is None
    assert "fewer filters" in answer["recommendations"][0]


@pytest.mark.usefixtures("five_series")
@pytest.mark.parametrize("kind", ["brief", "comprehensive", "technical", "executive"])
@pytest.mark.parametrize("form", ["markdown", "html", "json", "text"])
def test_each_type_is_written_in_each_format(api: APIClient, kind: str, form: str) -> None:
    answer = post(
        api, dataset_ids=["GSE101", "GSE102", "GSE104"], report_type=kind, report_format=form
    ).json()

    beginnings = {"markdown": "# ", "html": "<article", "json": "{", "text": kind.capitalize()}
    assert answer["full_report"].startswith(beginnings[form])
    assert (answer["report_type"], answer["report_format"]) == (kind, form)


@pytest.mark.usefixtures("five_series")
def test_the_types_tell_different_things(api: APIClient) -> None:
    titles = {
        kind: tuple(
            section["title"]
            for section in post(api, dataset_ids=["GSE101", "GSE102"], report_type=kind).json()[
                "sections"
            ]
        )
        for kind in ("brief", "comprehensive", "technical", "executive")
    }

    assert len(set(titles.values())) == 4
    assert "Bottom line" in titles["executive"]
    assert "Designs" in titles["technical"]
    assert "Comparison" in titles["comprehensive"]
    assert len(titles["brief"]) < len(titles["comprehensive"])


@pytest.mark.usefixtures("five_series")
def test_recommendations_are_left_out_if_they_are_not_wanted(api: APIClient) -> None:
    answer = post(api, dataset_ids=["GSE101"], include_recommendations=False).json()

    assert answer["recommendations"] == []
    assert "Recommendations" not in answer["full_report"]


@pytest.mark.usefixtures("five_series")
def test_unknown_series_are_told_beside_the_report_on_the_others(api: APIClient) -> None:
    answer = post(api, dataset_ids=["GSE999", "GSE103", "nonsense"])

    assert answer.status_code == 200
    assert answer.json()["not_found"] == ["GSE999", "NONSENSE"]
    assert answer.json()["datasets_included"] == ["GSE103"]


def test_without_any_series_there_is_no_report(api: APIClient) -> None:
    answer = post(api, dataset_ids=["GSE999", "GSE998"])

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert answer.json()["not_found"] == ["GSE999", "GSE998"]


@pytest.mark.usefixtures("five_series")
def test_a_report_is_kept_until_the_catalogue_changes(load: Load, api: APIClient) -> None:
    first, again = post(api, dataset_ids=["GSE103"]), post(api, dataset_ids=["GSE103"])
    load({"accession": "GSE103", "title": "Anew", "summary": "Told anew."})

    after = post(api, dataset_ids=["GSE103"]).json()

    assert (first.json()["cached"], again.json()["cached"], after["cached"]) == (False, True, False)
    assert "Anew" in after["full_report"]


@pytest.mark.usefixtures("five_series")
def test_a_title_that_is_markup_stays_text(load: Load, api: APIClient) -> None:
    load({"accession": "GSE666", "title": '<script>alert("x")</script> [a](http://evil.example)'})

    for kind in ("brief", "comprehensive", "technical", "executive"):
        report = post(
            api, dataset_ids=["GSE666", "GSE101"], report_format="html", report_type=kind
        ).json()["full_report"]
        assert "<script" not in report
        assert 'href="http:' not in report


BAD: list[tuple[dict[str, object], str]] = [
    ({}, "query"),
    ({"dataset_ids": []}, "dataset_ids"),
    ({"dataset_ids": "GSE101"}, "dataset_ids"),
    ({"dataset_ids": ["GSE1"] * 101}, "dataset_ids"),
    ({"dataset_ids": ["G" * 21]}, "dataset_ids.0"),
    ({"dataset_ids": [7]}, "dataset_ids.0"),
    ({"query": ""}, "query"),
    ({"query": "a" * 501}, "query"),
    ({"query": "a", "report_type": "long"}, "report_type"),
    ({"query": "a", "report_format": "pdf"}, "report_format"),
    ({"query": "a", "include_recommendations": "perhaps"}, "include_recommendations"),
    ({"query": "a", "max_results": 0}, "max_results"),
    ({"query": "a", "filters": {"tissue": "liver"}}, "filters.tissue"),
    ({"query": "a", "format": "html"}, "format"),
]


@pytest.mark.parametrize(("body", "field"), BAD)
def test_a_bad_body_is_refused_with_the_field_that_is_wrong(
    body: dict[str, object], field: str, api: APIClient
) -> None:
    answer = post(api, **body)

    assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")
    assert list(answer.json()["errors"]) == [field]


def test_agents_tell_what_they_are_and_what_they_take(api: APIClient) -> None:
    agents = {one["name"]: one for one in api.get(AGENTS).json()}

    assert list(agents) == ["query", "search", "validate", "summarize", "report"]
    assert all(one["description"] for one in agents.values())
    assert agents["report"]["path"] == REPORT
    filters = agents["search"]["input_schema"]["properties"]["filters"]
    assert filters["properties"]["organism"]["maxLength"] == 100


@pytest.mark.usefixtures("five_series")
@pytest.mark.parametrize(
    ("name", "body", "status"),
    [
        ("query", {"query": "liver"}, 200),
        ("query", {"query": "a" * 501}, 400),
        ("query", {"question": "liver"}, 400),
        ("search", {"query": "liver", "filters": {"organism": "mouse"}}, 200),
        ("search", {"query": "liver", "filters": {"tissue": "liver"}}, 400),
        ("search", {"query": "liver", "max_results": 101}, 400),
        ("search", {"search_terms": []}, 400),
        ("validate", {"dataset_ids": ["GSE101"]}, 200),
        ("validate", {}, 400),
        ("report", {"dataset_ids": ["GSE101"], "report_format": "html"}, 200),
        ("report", {"dataset_ids": ["GSE101"], "report_format": "pdf"}, 400),
    ],
)
def test_an_agent_takes_what_its_schema_allows_and_nothing_else(
    name: str, body: dict[str, object], status: int, api: APIClient
) -> None:
    agent = next(one for one in api.get(AGENTS).json() if one["name"] == name)

    schema = jsonschema.Draft202012Validator(agent["input_schema"])

    assert api.post(agent["path"], body, format="json").status_code == status
    assert schema.is_valid(body) == (status == 200)


def test_the_schemas_are_json_schemas(api: APIClient) -> None:
    for one in api.get(AGENTS).json():
        jsonschema.Draft202012Validator.check_schema(one["input_schema"])
        assert "$ref" not in json.dumps(one["input_schema"])
