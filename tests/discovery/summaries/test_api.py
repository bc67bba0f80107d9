"""`POST agents/summarize`: for whom, what, and by which engine."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from discovery.models import Dataset
from discovery.services.summaries import summarise
from quotas.models import Override
from tests.discovery.conftest import Load
from tests.factories import ApiKeyFactory, UserFactory
from tests.fakes import openai

pytestmark = pytest.mark.django_db
SUMMARIZE = "/api/v2/agents/summarize"
SUMMARY = (
    "Fasting changes how the liver makes glucose. We profiled livers of 12 mice (e.g. C57BL/6) that"
    " were fasted for a day, and of 12 fed ones. We found that genes of gluconeogenesis were induced"
    " by fasting (p < 0.05). Refeeding reversed the changes within six hours."
)
DESIGN = "There were three biological replicates a group, each of four pooled livers."
RECORD = {
    "accession": "GSE1",
    "title": "Livers of fasted mice",
    "summary": SUMMARY,
    "overall_design": DESIGN,
    "n_samples": 6,
}


def post(api: APIClient, **body: object) -> Any:
    return api.post(SUMMARIZE, {"dataset_id": "GSE1"} | body, format="json")


def test_a_summary_is_made_of_sentences_of_the_record(load: Load, api: APIClient) -> None:
    load(RECORD)

    answer = post(api, dataset_id="gse1").json()

    assert (answer["geo_id"], answer["engine"], answer["cached"]) == ("GSE1", "extractive", False)
    assert len(answer["key_points"]) == 3
    for point in answer["key_points"]:
        field = {"summary": SUMMARY, "overall_design": DESIGN}[point["source"]["field"]]
        assert point["source"]["sentence"] in field
        assert point["text"] == point["source"]["sentence"]
    assert answer["summary"] == " ".join(point["text"] for point in answer["key_points"])
    assert (
        "We found that genes of gluconeogenesis were induced by fasting (p < 0.05)."
        in (answer["summary"])
    )


def test_points_stand_in_the_order_of_the_record(load: Load, api: APIClient) -> None:
    load(RECORD)

    points = post(api, max_sentences=10).json()["key_points"]

    places = [f"{SUMMARY} {DESIGN}".index(point["text"]) for point in points]
    assert places == sorted(places)
    assert len(points) == 5


def test_fewer_points_are_the_most_telling_of_more(load: Load, api: APIClient) -> None:
    load(RECORD)

    one, three = (
        {point["text"] for point in post(api, max_sentences=most).json()["key_points"]}
        for most in (1, 3)
    )

    assert len(one) == 1
    assert one < three


def test_a_summary_is_kept_until_the_record_changes(load: Load, api: APIClient) -> None:
    load(RECORD)
    post(api)
    again = post(api, max_sentences=1).json()

    load(RECORD | {"summary": "Now the summary is quite another one than before."})
    changed = post(api).json()

    assert again["cached"] is True
    assert changed["cached"] is False
    assert changed["summary"].startswith("Now the summary is quite another one")


def test_a_superseries_says_where_to_look(load: Load, api: APIClient) -> None:
    load(
        RECORD
        | {
            "summary": "This SuperSeries is composed of the SubSeries listed below.",
            "overall_design": "Refer to individual Series",
        }
    )

    answer = post(api).json()

    assert [point["source"]["field"] for point in answer["key_points"]] == ["title"]
    assert "SuperSeries" in answer["notices"][0]


def test_a_summary_that_is_cut_off_is_told_of(load: Load, api: APIClient) -> None:
    load(RECORD | {"summary_truncated": True})

    assert "cut off" in post(api).json()["notices"][0]


def test_a_record_of_nothing_but_links_has_no_points(load: Load, api: APIClient) -> None:
    link = "See http://evil.example for all of it."
    load(RECORD | {"title": link, "summary": link, "overall_design": None})

    answer = post(api).json()

    assert (answer["summary"], answer["key_points"]) == ("", [])


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"dataset_id": ""}, "dataset_id"),
        ({"dataset_id": 7}, "dataset_id"),
        ({"dataset_id": "GSE1" * 9}, "dataset_id"),
        ({"max_sentences": 0}, "max_sentences"),
        ({"max_sentences": 11}, "max_sentences"),
        ({"max_sentences": "few"}, "max_sentences"),
        ({"style": "poem"}, "style"),
    ],
)
def test_a_bad_body_is_refused(body: dict[str, object], field: str, api: APIClient) -> None:
    answer = post(api, **body)

    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])


@pytest.mark.parametrize("accession", ["GSE999", "nonsense"])
def test_a_series_that_is_not_there_is_404(accession: str, api: APIClient) -> None:
    answer = post(api, dataset_id=accession)

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def as_tier(tier: str) -> tuple[APIClient, Any]:
    user = UserFactory.create(tier=tier)
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_X_API_KEY=ApiKeyFactory(user=user).text)
    return client, user


@pytest.mark.parametrize(("tier", "status"), [("free", 403), ("pro", 200), ("enterprise", 200)])
@pytest.mark.usefixtures("valkey")
def test_summaries_are_for_the_tiers_that_include_them(tier: str, status: int, load: Load) -> None:
    load(RECORD)
    client, _ = as_tier(tier)

    answer = post(client)

    assert answer.status_code == status
    assert status == 200 or answer.json()["code"] == "tier_required"


@pytest.mark.usefixtures("valkey")
def test_who_is_refused_by_tier_uses_up_nothing() -> None:
    client, _ = as_tier("free")

    answers = [post(client) for _ in range(3)]

    assert {answer["X-RateLimit-Remaining"] for answer in answers} == {"100"}


@pytest.mark.usefixtures("valkey")
@pytest.mark.parametrize(("tier", "ai", "status"), [("free", True, 200), ("pro", False, 403)])
def test_an_override_says_otherwise(tier: str, ai: object, status: int, load: Load) -> None:
    load(RECORD)
    client, user = as_tier(tier)
    Override.objects.create(
        user=user,
        values={"ai": ai},
        reason="a course",
        expires_at=timezone.now() + timedelta(days=1),
    )

    assert post(client).status_code == status


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_a_model_that_is_configured_writes(load: Load, api: APIClient, model: openai.Model) -> None:
    load(RECORD)

    answer = post(api, max_sentences=2).json()

    assert answer["engine"] == "openai"
    assert [point["text"] for point in answer["key_points"]] == [
        "Refeeding reversed the changes within six hours.",
        DESIGN,
    ]
    assert "language model" in answer["notices"][0]
    assert post(api).json()["cached"] is True
    assert len(model.asked) == 1


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_without_the_model_there_are_sentences_of_the_record(
    load: Load, api: APIClient, model: openai.Model
) -> None:
    load(RECORD)
    model.always = "401"

    away = post(api).json()
    model.always = ""
    back = post(api).json()

    assert (away["engine"], back["engine"]) == ("extractive", "openai")
    assert "does not answer" in away["notices"][0]


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_what_does_not_hold_is_not_paid_for_twice(
    load: Load, api: APIClient, model: openai.Model
) -> None:
    load(RECORD)
    model.says = lambda _: (
        '{"points": [{"text": "Aspirin cures cancer in all mice.", "sentence": 1}]}'
    )

    first, second = post(api).json(), post(api).json()

    assert (first["engine"], second["cached"]) == ("extractive", True)
    assert "does not stand in the record" in first["notices"][0]
    assert len(model.asked) == 1


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_only_who_asks_for_a_model_gets_one(load: Load, model: openai.Model) -> None:
    load(RECORD)

    summary = summarise(Dataset.objects.get(), 2)

    assert (summary.engine, len(summary.points), model.asked) == ("extractive", 2, [])
