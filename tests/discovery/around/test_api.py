"""`datasets/{geo_id}/samples`, `similar`, `citation`, `downloads`, `overview`."""

import csv
import io
from typing import Any

import pytest
from rest_framework.test import APIClient

from discovery import indexing
from tests.discovery.conftest import Load
from tests.factories import ApiKeyFactory

pytestmark = pytest.mark.django_db
WAYS = ["samples", "similar", "citation", "downloads", "overview"]
SERIES = {
    "accession": "GSE2034",
    "title": "Breast cancer relapse free survival",
    "summary": "Tumours of the breast without spread to lymph nodes were profiled on arrays.",
    "organisms": ["Homo sapiens"],
    "series_type": ["Expression profiling by array"],
    "platforms": ["GPL96"],
    "pubmed_ids": ["15721472", "evil"],
    "release_date": "2005-02-24",
    "supplementary_files": [
        "ftp://ftp.ncbi.nlm.nih.gov/x/GSE2034_RAW.tar",
        "http://evil.example/a",
    ],
    "relations": ["SRA: SRP000001"],
    "samples": [
        {
            "accession": f"GSM{n}",
            "title": f"tumour {n}",
            "organisms": ["Homo sapiens"],
            "platform": "GPL96",
            "characteristics": [f"relapse: {n % 2}", *(["=age: =50"] if n == 9 else [])],
        }
        for n in (9, 10, 100, 8)
    ],
}


@pytest.fixture
def api() -> APIClient:
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_X_API_KEY=ApiKeyFactory().text)
    return client


@pytest.fixture
def series(load: Load) -> None:
    load(SERIES)


def get(api: APIClient, way: str, accession: str = "GSE2034", **params: object) -> Any:
    return api.get(f"/api/v2/datasets/{accession}/{way}", params)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("accession", ["GSE999", "nonsense"])
def test_a_series_that_is_not_there_is_404(way: str, accession: str, api: APIClient) -> None:
    answer = get(api, way, accession)

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.usefixtures("series")
def test_an_accession_may_be_written_in_any_case(way: str, api: APIClient) -> None:
    assert get(api, way, "gse2034").status_code == 200


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.usefixtures("series")
def test_what_did_not_change_is_not_sent_again(way: str, api: APIClient) -> None:
    etag = get(api, way)["ETag"]

    answer = api.get(f"/api/v2/datasets/GSE2034/{way}", headers={"If-None-Match": etag})

    assert (answer.status_code, answer.content) == (304, b"")


@pytest.mark.parametrize(
    ("way", "params", "field"),
    [
        ("samples", {"format": "xml"}, "format"),
        ("samples", {"page_size": 0}, "page_size"),
        ("samples", {"cursor": "garbage"}, "cursor"),
        ("similar", {"max_results": 0}, "max_results"),
        ("similar", {"max_results": 101}, "max_results"),
        ("citation", {"format": "endnote"}, "format"),
    ],
)
@pytest.mark.usefixtures("series")
def test_a_bad_parameter_is_refused(
    way: str, params: dict[str, object], field: str, api: APIClient
) -> None:
    answer = get(api, way, **params)

    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])


@pytest.mark.usefixtures("series")
def test_samples_are_a_table_in_the_order_of_their_accessions(api: APIClient) -> None:
    table = get(api, "samples").json()

    assert [one["geo_id"] for one in table["results"]] == ["GSM8", "GSM9", "GSM10", "GSM100"]
    assert table["columns"] == ["relapse", "=age"]
    assert table["results"][1] == {
        "geo_id": "GSM9",
        "title": "tumour 9",
        "source_name": None,
        "organisms": ["Homo sapiens"],
        "platform": "GPL96",
        "characteristics": {"relapse": "1", "=age": "=50"},
    }


@pytest.mark.usefixtures("series")
def test_samples_come_in_pages_that_hold_each_once(api: APIClient) -> None:
    seen, url = [], "/api/v2/datasets/GSE2034/samples?page_size=3"
    while url:
        page = api.get(url).json()
        seen += [one["geo_id"] for one in page["results"]]
        assert page["columns"] == ["relapse", "=age"]
        url = page["next"]

    assert seen == ["GSM8", "GSM9", "GSM10", "GSM100"]


@pytest.mark.usefixtures("series")
def test_samples_are_a_csv_file_too(api: APIClient) -> None:
    answer = get(api, "samples", format="csv")

    rows = list(csv.reader(io.StringIO(answer.getvalue().decode(), newline="")))
    assert answer["Content-Type"].startswith("text/csv")
    assert "GSE2034_samples.csv" in answer["Content-Disposition"]
    assert rows[0] == [
        *("geo_id", "title", "source_name", "organisms", "platform", "relapse", "'=age"),
    ]
    assert rows[2] == ["GSM9", "tumour 9", "", "Homo sapiens", "GPL96", "1", "'=50"]
    assert len(rows) == 5


def test_a_series_without_samples_is_an_empty_table(load: Load, api: APIClient) -> None:
    load({"accession": "GSE2034"})

    assert get(api, "samples").json() == {
        "geo_id": "GSE2034",
        "columns": [],
        "next": None,
        "previous": None,
        "results": [],
    }


@pytest.mark.parametrize(
    ("form", "media_type", "begins"),
    [
        ("bibtex", "application/x-bibtex", "@misc{GSE2034,"),
        ("ris", "application/x-research-info-systems", "TY  - DATA"),
        ("csl-json", "application/vnd.citationstyles.csl+json", "["),
        (None, "application/x-bibtex", "@misc{GSE2034,"),
    ],
)
@pytest.mark.usefixtures("series")
def test_a_citation_comes_in_the_format_that_was_asked_for(
    form: str | None, media_type: str, begins: str, api: APIClient
) -> None:
    answer = get(api, "citation", **({"format": form} if form else {}))

    text = answer.content.decode()
    assert answer["Content-Type"] == f"{media_type}; charset=utf-8"
    assert answer["Content-Length"] == str(len(answer.content))
    assert text.startswith(begins)
    assert "15721472" in text
    assert "evil" not in text


@pytest.mark.usefixtures("series")
def test_downloads_have_links_and_commands(api: APIClient) -> None:
    found = get(api, "downloads").json()

    kinds = {one["kind"] for one in found["links"]}
    assert kinds == {"soft", "miniml", "matrix", "supplementary", "sra"}
    assert {one["tool"] for one in found["commands"]} == {"curl", "wget", "prefetch"}
    assert "1 addresses" in found["notices"][0]
    assert "evil" not in str(found)


@pytest.fixture
def family(load: Load) -> None:
    """Load a series with relatives, a neighbour and a stranger."""
    about = "Tumours of the breast without spread to lymph nodes, profiled for zebrafish-like relapse. Keywords: tumour"
    same = {"summary": about, "organisms": ["Homo sapiens"], "pubmed_ids": ["7"]}
    load(
        {"accession": "GSE1", "title": "All parts of a breast cancer study", **same},
        {
            "accession": "GSE2",
            "title": "Breast cancer relapse",
            **same,
            "relations": ["SubSeries of: GSE1"],
        },
        {
            "accession": "GSE3",
            "title": "Breast cancer relapse again",
            **same,
            "relations": ["SubSeries of: GSE1"],
        },
        {"accession": "GSE4", "title": "Relapse of breast tumours", **same},
        {"accession": "GSE5", "title": "Spores of yeast", "summary": "Yeast in heat and salt."},
    )
    indexing.embed_waiting(threads=1)


@pytest.mark.usefixtures("family")
def test_neighbours_are_neither_the_series_itself_nor_its_relatives(api: APIClient) -> None:
    found = get(api, "similar", "GSE2").json()

    assert [one["geo_id"] for one in found["results"]][:1] == ["GSE4"]
    assert {one["geo_id"] for one in found["results"]}.isdisjoint({"GSE1", "GSE2", "GSE3"})
    assert found["relatives"] == ["GSE1", "GSE3"]


@pytest.mark.usefixtures("family")
def test_a_neighbour_tells_how_near_it_is_and_why(api: APIClient) -> None:
    first = get(api, "similar", "GSE2", max_results=1).json()["results"][0]

    assert 0.5 < first["similarity"] <= 1
    assert first["title"] == "Relapse of breast tumours"
    assert first["reasons"][0].startswith("Very close in meaning")
    assert "Same organism: Homo sapiens" in first["reasons"]
    assert "Same publication: 7" in first["reasons"]


def test_rare_words_that_both_have_are_told_once(load: Load, api: APIClient) -> None:
    text = "Expression in zebrafish-like tumours. Keywords: fins"
    load(
        {"accession": "GSE1", "title": "Fins of one kind", "summary": text},
        {"accession": "GSE2", "title": "Fins of another kind", "summary": text},
        *({"accession": f"GSE{n}", "title": "Yeast", "summary": "Spores."} for n in range(3, 9)),
    )
    indexing.embed_waiting(threads=1)

    (first, *_) = get(api, "similar", "GSE1").json()["results"]

    (told,) = [one for one in first["reasons"] if one.startswith("Both have")]
    assert told.count("zebrafish-like") == 1
    assert "Keywords" not in told


def test_a_series_that_waits_for_its_embedding_has_neighbours_too(
    family: None, load: Load, api: APIClient
) -> None:
    load({"accession": "GSE9", "title": "Breast tumours", "summary": "Relapse of breast cancer."})

    found = get(api, "similar", "GSE9").json()

    assert found["results"][0]["geo_id"] in {"GSE1", "GSE2", "GSE3", "GSE4"}


@pytest.mark.usefixtures("series")
def test_an_overview_has_what_its_parts_tell_one_by_one(api: APIClient) -> None:
    overview = get(api, "overview").json()

    (judged,) = api.post(
        "/api/v2/agents/validate", {"dataset_ids": ["GSE2034"]}, format="json"
    ).json()["validated_datasets"]
    assert overview["dataset"] == api.get("/api/v2/datasets/GSE2034").json()
    assert overview["quality"] == judged["quality"]
    assert overview["downloads"] == get(api, "downloads").json()
    assert overview["citations"] == {
        form: get(api, "citation", format=form).content.decode()
        for form in ("bibtex", "ris", "csl-json")
    }
