"""The catalogue by what a series refers to."""

import pytest
from rest_framework.test import APIClient

from tests.discovery.conftest import Load
from tests.factories import ApiKeyFactory

DATASETS = "/api/v2/datasets"
pytestmark = pytest.mark.django_db


@pytest.fixture
def api() -> APIClient:
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_X_API_KEY=ApiKeyFactory().text)
    return client


@pytest.fixture(autouse=True)
def _three_series(load: Load) -> None:
    load(
        {
            "accession": "GSE1",
            "platforms": ["GPL570"],
            "pubmed_ids": ["22983707"],
            "n_samples": 9,
            "relations": [
                "SubSeries of: GSE3",
                "BioProject: https://www.ncbi.nlm.nih.gov/bioproject/PRJNA1",
                "SRA: SRP1",
                "SRA: SRP2",
            ],
            "samples": [{"accession": "GSM1"}, {"accession": "GSM2"}],
        },
        {"accession": "GSE2", "platforms": ["GPL570"], "samples": [{"accession": "GSM2"}]},
        {"accession": "GSE3", "relations": ["SuperSeries of: GSE4"]},
        {"accession": "GSE4"},
    )


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"sample": "GSM1"}, ["GSE1"]),
        ({"sample": "gsm2"}, ["GSE1", "GSE2"]),
        ({"sample": "GSM3"}, []),
        ({"platform": "gpl570"}, ["GSE1", "GSE2"]),
        ({"sra": "SRP1"}, ["GSE1"]),
        ({"sra": "srp2"}, ["GSE1"]),
        ({"bioproject": "PRJNA1"}, ["GSE1"]),
        ({"pubmed_id": "22983707"}, ["GSE1"]),
        ({"superseries": "GSE3"}, ["GSE1", "GSE4"]),
        ({"subseries": "GSE1"}, ["GSE3"]),
        ({"subseries": "GSE4"}, ["GSE3"]),
        ({"platform": "GPL570", "sample": "GSM1"}, ["GSE1"]),
        ({"platform": "GPL570", "min_samples": "5"}, ["GSE1"]),
        ({"platform": "GPL570", "min_samples": "10"}, []),
    ],
)
def test_series_are_found_by_what_they_refer_to(
    query: dict[str, str], expected: list[str], api: APIClient
) -> None:
    answer = api.get(DATASETS, query).json()

    assert sorted(one["geo_id"] for one in answer["results"]) == expected


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sample", "GSE1"),
        ("sample", "GSM0"),
        ("sample", "xGSM1"),
        ("sample", ""),
        ("sra", "SRR1"),
        ("sra", "SRP"),
        ("bioproject", "PRJ1"),
        ("bioproject", "PRJNA1' or 1=1"),
        ("pubmed_id", "0"),
        ("pubmed_id", "٣"),
        ("pubmed_id", "1" * 30),
        ("platform", "HG-U133A"),
        ("superseries", "GSM1"),
        ("subseries", "GSE1\x00"),
    ],
)
def test_what_is_no_such_accession_is_refused(field: str, value: str, api: APIClient) -> None:
    answer = api.get(DATASETS, {field: value})

    assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")
    assert list(answer.json()["errors"]) == [field]


def test_the_refusal_says_what_the_accession_looks_like(api: APIClient) -> None:
    answer = api.get(DATASETS, {"sra": "SRR1"}).json()

    assert answer["errors"]["sra"] == ["Must be an accession like SRP108660."]


def test_a_series_tells_whom_it_belongs_together_with(api: APIClient) -> None:
    part = api.get(f"{DATASETS}/GSE1").json()
    whole = api.get(f"{DATASETS}/GSE3").json()

    assert (part["superseries"], part["subseries"]) == (["GSE3"], [])
    assert (whole["superseries"], whole["subseries"]) == ([], ["GSE1", "GSE4"])


def test_a_series_that_others_began_to_name_is_told_anew(load: Load, api: APIClient) -> None:
    before = api.get(f"{DATASETS}/GSE4").json()["superseries"]

    load({"accession": "GSE5", "relations": ["SuperSeries of: GSE4"]})

    assert before == ["GSE3"]
    assert api.get(f"{DATASETS}/GSE4").json()["superseries"] == ["GSE3", "GSE5"]
