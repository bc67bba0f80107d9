from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.discovery.conftest import SERIES, Load
from tests.factories import ApiKeyFactory

SEARCH = "/api/v2/agents/search"
QUERY = "/api/v2/agents/query"
DATASETS = "/api/v2/datasets"

pytestmark = pytest.mark.django_db


@pytest.fixture
def api() -> APIClient:
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_X_API_KEY=ApiKeyFactory().text)
    return client


def post(api: APIClient, path: str, body: object) -> Any:
    return api.post(path, body, format="json")


@pytest.mark.usefixtures("five_series")
def test_a_search_answers_in_the_form_of_the_contract(api: APIClient) -> None:
    answer = post(api, SEARCH, {"query": "breast cancer in human"}).json()

    assert set(answer) >= {
        "total_found",
        "datasets",
        "search_terms_used",
        "filters_applied",
        "facets",
        "source",
        "cached",
        "execution_time_ms",
    }
    assert answer["filters_applied"] == {"organism": "Homo sapiens"}
    assert set(answer["facets"]) == {"organism", "study_type", "year"}
    assert (answer["source"], answer["cached"], answer["mode"]) == ("local", False, "hybrid")
    assert [one["canonical"] for one in answer["entities"]] == ["breast cancer", "Homo sapiens"]


@pytest.mark.usefixtures("five_series")
def test_a_found_series_has_its_record_its_score_and_the_reasons(api: APIClient) -> None:
    first = post(api, SEARCH, {"query": "breast cancer chemotherapy"}).json()["datasets"][0]

    assert first["geo_id"] == "GSE101"
    assert first["organisms"] == ["Homo sapiens"]
    assert first["study_types"] == ["Expression profiling by high throughput sequencing"]
    assert first["sample_count"] == 80
    assert first["release_date"] == "2019-05-01"
    assert first["sra"] == "SRP1"
    assert first["url"] == "https://www.ncbi.nlm.nih.gov/geo/query/acc.cgi?acc=GSE101"
    assert 0 < first["relevance_score"] <= 1
    assert 0 < first["quality_score"] <= 1
    assert first["quality_level"] in {"excellent", "good", "fair", "poor"}
    assert first["has_raw_data"] is True
    assert first["match_reasons"]


@pytest.mark.usefixtures("five_series")
def test_what_a_record_does_not_say_is_null(api: APIClient) -> None:
    found = api.get(f"{DATASETS}/GSE104").json()

    assert found["sample_count"] is None
    assert found["overall_design"] is None
    assert found["bioproject"] is None
    assert found["has_raw_data"] is None
    assert found["organisms"] == []


@pytest.mark.usefixtures("five_series")
def test_search_terms_are_asked_like_a_question(api: APIClient) -> None:
    answer = post(api, SEARCH, {"search_terms": ["heat shock", "yeast"]}).json()

    assert answer["datasets"][0]["geo_id"] == "GSE103"


@pytest.mark.usefixtures("five_series")
def test_filters_take_the_names_that_people_use(api: APIClient) -> None:
    filters = {"organism": "mouse", "study_type": "microarray", "platform": "gpl1261"}

    answer = post(api, SEARCH, {"query": "tumour cells", "filters": filters}).json()

    assert [one["geo_id"] for one in answer["datasets"]] == ["GSE102"]
    assert answer["filters_applied"] == {
        "organism": "Mus musculus",
        "study_type": "Expression profiling by array",
        "platform": "GPL1261",
    }


@pytest.mark.usefixtures("five_series")
@pytest.mark.parametrize("organism", ["Homo sapiens", "HOMO SAPIENS", "human", "Humans"])
def test_an_organism_may_be_written_in_any_way(organism: str, api: APIClient) -> None:
    answer = api.get(DATASETS, {"organism": organism}).json()

    assert [one["geo_id"] for one in answer["results"]] == ["GSE101"]


def test_a_question_that_is_read_answers_in_the_form_of_the_contract(api: APIClient) -> None:
    answer = post(api, QUERY, {"query": "breast cancer in mouse, more than 20 samples"}).json()

    assert answer["original_query"] == "breast cancer in mouse, more than 20 samples"
    assert answer["intent"] == "search"
    assert answer["filters"] == {"organism": "Mus musculus", "min_samples": 21}
    assert answer["entity_counts"] == {"disease": 1, "organism": 1}
    disease = answer["entities"][0]
    assert (disease["type"], disease["id"]) == ("disease", "MONDO:0007254")
    assert answer["original_query"][disease["start"] : disease["end"]] == disease["text"]


BAD_SEARCHES: list[tuple[object, str]] = [
    ({}, "query"),
    ({"query": ""}, "query"),
    ({"query": "   "}, "query"),
    ({"query": "a" * 501}, "query"),
    ({"query": None}, "query"),
    ({"query": 7}, "query"),
    ({"query": ["breast"]}, "query"),
    ({"query": {"text": "breast"}}, "query"),
    ({"query": "a", "search_terms": ["b"]}, "query"),
    ({"search_terms": []}, "search_terms"),
    ({"search_terms": "breast"}, "search_terms"),
    ({"search_terms": [""]}, "search_terms.0"),
    ({"search_terms": ["a"] * 21}, "search_terms"),
    ({"query": "a", "max_results": 0}, "max_results"),
    ({"query": "a", "max_results": 101}, "max_results"),
    ({"query": "a", "max_results": "many"}, "max_results"),
    ({"query": "a", "max_results": None}, "max_results"),
    ({"query": "a", "mode": "magic"}, "mode"),
    ({"query": "a", "source": "google"}, "source"),
    ({"query": "a", "limit": 5}, "limit"),
    ({"query": "a", "filters": []}, "filters"),
    ({"query": "a", "filters": {"tissue": "liver"}}, "filters.tissue"),
    ({"query": "a", "filters": {"organism": 9606}}, "filters.organism"),
    ({"query": "a", "filters": {"organism": ""}}, "filters.organism"),
    ({"query": "a", "filters": {"min_samples": -1}}, "filters.min_samples"),
    ({"query": "a", "filters": {"min_samples": 9, "max_samples": 3}}, "filters.min_samples"),
    ({"query": "a", "filters": {"platform": "HG-U133A"}}, "filters.platform"),
    ({"query": "a", "filters": {"released_after": "2020-02-30"}}, "filters.released_after"),
    ({"query": "a", "filters": {"has_raw_data": "perhaps"}}, "filters.has_raw_data"),
]


@pytest.mark.parametrize(("body", "field"), BAD_SEARCHES)
def test_a_bad_search_is_refused_with_the_field_that_is_wrong(
    body: object, field: str, api: APIClient
) -> None:
    answer = post(api, SEARCH, body)

    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "validation_error"
    assert list(answer.json()["errors"]) == [field]


@pytest.mark.parametrize("path", [SEARCH, QUERY])
@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "parse_error"),
        (b'"breast cancer"', "parse_error"),
        (b"[]", "parse_error"),
        (b'{"query": "a\\u0000b"}', "validation_error"),
        (b'{"query": "a\\ud800"}', "validation_error"),
        (b'{"query": NaN}', "parse_error"),
        (b'{"query": ' + b"[" * 40 + b"]" * 40 + b"}", "parse_error"),
        (b"\xff\xff", "parse_error"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(
    body: bytes, code: str, path: str, api: APIClient
) -> None:
    answer = api.post(path, body, content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (400, code)


@pytest.mark.usefixtures("five_series")
@pytest.mark.parametrize("path", [SEARCH, QUERY])
@pytest.mark.parametrize("question", ['" OR (', "'; drop table users; --", "%00", "((a", "\\"])
def test_signs_of_query_languages_are_only_text(question: str, path: str, api: APIClient) -> None:
    assert post(api, path, {"query": question}).status_code == 200


def test_live_search_of_ncbi_is_refused_as_unavailable(api: APIClient) -> None:
    answer = post(api, SEARCH, {"query": "a", "source": "ncbi"})

    assert (answer.status_code, answer.json()["code"]) == (503, "upstream_unavailable")
    assert int(answer["Retry-After"]) > 0


def test_a_search_says_that_the_index_is_still_being_built(load: Load, api: APIClient) -> None:
    load(*SERIES)

    answer = post(api, SEARCH, {"query": "breast cancer"}).json()

    assert answer["mode"] == "lexical"
    assert "still being built" in answer["notices"][0]


@pytest.mark.usefixtures("five_series")
def test_the_catalogue_is_listed_in_pages_that_hold_every_series_once(api: APIClient) -> None:
    seen, url = [], f"{DATASETS}?page_size=2"
    while url:
        page = api.get(url).json()
        seen += [one["geo_id"] for one in page["results"]]
        url = page["next"]

    assert sorted(seen) == [str(one["accession"]) for one in SERIES]


@pytest.mark.usefixtures("five_series")
@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"min_samples": "10", "has_raw_data": "true"}, {"GSE101", "GSE102"}),
        ({"released_before": "2005-01-01"}, {"GSE103"}),
        ({"platform": "gpl90"}, {"GSE103"}),
        ({"study_type": "RNA-seq"}, {"GSE101"}),
        ({"organism": "Klingon"}, set()),
    ],
)
def test_the_catalogue_is_narrowed_by_filters(
    params: dict[str, str], expected: set[str], api: APIClient
) -> None:
    results = api.get(DATASETS, params).json()["results"]

    assert {one["geo_id"] for one in results} == expected


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"min_samples": "many"}, "min_samples"),
        ({"organism": "a\x00b"}, "organism"),
        ({"platform": "x"}, "platform"),
        ({"released_after": "yesterday"}, "released_after"),
        ({"page_size": "0"}, "page_size"),
        ({"page_size": "101"}, "page_size"),
        ({"cursor": "garbage"}, "cursor"),
    ],
)
def test_a_bad_parameter_of_the_catalogue_is_refused(
    params: dict[str, str], field: str, api: APIClient
) -> None:
    answer = api.get(DATASETS, params)

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]


@pytest.mark.usefixtures("five_series")
@pytest.mark.parametrize("accession", ["GSE103", "gse103"])
def test_a_series_is_read_by_its_accession_in_any_case(accession: str, api: APIClient) -> None:
    assert api.get(f"{DATASETS}/{accession}").json()["geo_id"] == "GSE103"


@pytest.mark.parametrize("accession", ["GSE999", "nonsense", "GSE1%0A", "٣"])
def test_a_series_that_is_not_there_is_404(accession: str, api: APIClient) -> None:
    answer = api.get(f"{DATASETS}/{accession}")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.usefixtures("five_series")
def test_a_series_that_did_not_change_is_not_sent_again(api: APIClient) -> None:
    etag = api.get(f"{DATASETS}/GSE103")["ETag"]

    answer = api.get(f"{DATASETS}/GSE103", headers={"If-None-Match": etag})

    assert (answer.status_code, answer.content) == (304, b"")


def test_a_series_that_changed_is_sent_again(load: Load, api: APIClient) -> None:
    load({"accession": "GSE7", "title": "Old"})
    etag = api.get(f"{DATASETS}/GSE7")["ETag"]

    load({"accession": "GSE7", "title": "New"})

    answer = api.get(f"{DATASETS}/GSE7", headers={"If-None-Match": etag})
    assert answer.json()["title"] == "New"


@pytest.mark.usefixtures("five_series")
def test_answers_are_private(api: APIClient) -> None:
    answer = api.get(f"{DATASETS}/GSE103")

    assert "private" in answer["Cache-Control"]


def test_an_address_that_holds_a_nul_is_refused(api: APIClient) -> None:
    answer = api.get(f"{DATASETS}/GSE%001")

    assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")


def test_rows_that_are_added_meanwhile_shift_no_page(load: Load, api: APIClient) -> None:
    load(*({"accession": f"GSE{n}"} for n in range(1, 5)))
    first = api.get(DATASETS, {"page_size": 2}).json()

    load({"accession": "GSE9"})
    second = api.get(first["next"]).json()

    seen = [one["geo_id"] for page in (first, second) for one in page["results"]]
    assert seen == ["GSE4", "GSE3", "GSE2", "GSE1"]
