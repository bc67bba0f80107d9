"""`POST agents/validate`."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from discovery.models import Dataset
from discovery.quality import WEIGHTS
from discovery.services.quality import assess
from tests.discovery.conftest import NOON, SERIES, Load
from tests.factories import ApiKeyFactory

pytestmark = pytest.mark.django_db
VALIDATE = "/api/v2/agents/validate"


@pytest.fixture
def api() -> APIClient:
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_X_API_KEY=ApiKeyFactory().text)
    return client


def validate(api: APIClient, *ids: object, **body: object) -> Any:
    return api.post(VALIDATE, {"dataset_ids": list(ids)} | body, format="json")


@pytest.fixture
def series(load: Load) -> None:
    load(*SERIES)


@pytest.mark.usefixtures("series")
def test_series_are_judged_in_the_order_asked(api: APIClient) -> None:
    answer = validate(api, "gse103", "GSE999", "GSE101", " gse103 ", "nonsense").json()

    assert [one["geo_id"] for one in answer["validated_datasets"]] == ["GSE103", "GSE101"]
    assert answer["not_found"] == ["GSE999", "NONSENSE"]
    assert answer["total_processed"] == 2


@pytest.mark.usefixtures("series")
def test_a_verdict_has_its_dimensions_and_the_record_beside_it(api: APIClient) -> None:
    (one,) = validate(api, "GSE101").json()["validated_datasets"]

    quality = one["quality"]
    assert one["sample_count"] == 80
    assert 0 < quality["score"] <= 1
    assert quality["level"] in {"excellent", "good", "fair", "poor"}
    assert set(quality["dimensions"]) == set(quality["explanations"]) == set(WEIGHTS)
    assert quality["dimensions"]["platform"] is not None
    assert any("80 samples" in strength for strength in quality["strengths"])


@pytest.mark.usefixtures("series")
def test_the_least_score_narrows_what_is_listed_not_what_is_counted(api: APIClient) -> None:
    every = validate(api, "GSE101", "GSE104").json()
    scores = sorted(one["quality"]["score"] for one in every["validated_datasets"])

    good = validate(api, "GSE101", "GSE104", min_quality_score=scores[1]).json()

    assert [one["geo_id"] for one in good["validated_datasets"]] == ["GSE101"]
    assert good["quality_stats"] == every["quality_stats"]
    assert good["quality_stats"]["count"] == good["total_processed"] == 2
    assert good["quality_stats"]["min"] == scores[0]
    assert good["quality_stats"]["max"] == scores[1]
    assert sum(good["quality_stats"]["levels"].values()) == 2


def test_of_no_series_there_are_no_figures(api: APIClient) -> None:
    answer = validate(api, "GSE1").json()

    assert (answer["total_processed"], answer["validated_datasets"]) == (0, [])
    assert answer["quality_stats"] == {
        "count": 0,
        "mean": None,
        "median": None,
        "min": None,
        "max": None,
        "levels": {"excellent": 0, "good": 0, "fair": 0, "poor": 0},
    }


@pytest.mark.usefixtures("five_series")
def test_a_search_tells_the_same_score(api: APIClient) -> None:
    found = api.post("/api/v2/agents/search", {"query": "GSE101"}, format="json").json()

    judged = validate(api, "GSE101").json()["validated_datasets"][0]
    assert found["datasets"][0]["quality_score"] == judged["quality"]["score"]


@pytest.mark.usefixtures("series")
def test_a_series_that_collects_others_is_found_out_by_their_records(load: Load) -> None:
    load({"accession": "GSE7"}, {"accession": "GSE8", "relations": ["SubSeries of: GSE7"]})

    assert "SuperSeries" in assess(Dataset.objects.get(accession="GSE7"), NOON.date()).issues[0]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "dataset_ids"),
        ({"dataset_ids": []}, "dataset_ids"),
        ({"dataset_ids": "GSE1"}, "dataset_ids"),
        ({"dataset_ids": ["GSE1"] * 101}, "dataset_ids"),
        ({"dataset_ids": [7]}, "dataset_ids.0"),
        ({"dataset_ids": [""]}, "dataset_ids.0"),
        ({"dataset_ids": ["GSE1" * 9]}, "dataset_ids.0"),
        ({"dataset_ids": ["GSE1"], "min_quality_score": 1.1}, "min_quality_score"),
        ({"dataset_ids": ["GSE1"], "min_quality_score": -1}, "min_quality_score"),
        ({"dataset_ids": ["GSE1"], "min_quality_score": "good"}, "min_quality_score"),
        ({"dataset_ids": ["GSE1"], "strict": True}, "strict"),
    ],
)
def test_a_bad_body_is_refused(body: dict[str, object], field: str, api: APIClient) -> None:
    answer = api.post(VALIDATE, body, format="json")

    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
