"""Searching NCBI itself, over the API."""

import time
from typing import Any

import pytest
import redis
from django.core.cache import cache
from django.db import OperationalError
from rest_framework.test import APIClient

from caching import process
from discovery import ncbi
from discovery.models import Dataset, Origin
from discovery.services.search import live
from tests.discovery.conftest import Load
from tests.discovery.ncbi.conftest import SERIES
from tests.factories import ApiKeyFactory
from tests.fakes.ncbi import Ncbi
from tests.fakes.shelf import Shelf

SEARCH = "/api/v2/agents/search"
pytestmark = [pytest.mark.django_db, pytest.mark.allow_hosts(["127.0.0.1"])]


@pytest.fixture
def api() -> APIClient:
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_X_API_KEY=ApiKeyFactory().text)
    return client


@pytest.fixture(autouse=True)
def _one_quick_try(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("discovery.geo.asking.TRIES", 1)


def ask(api: APIClient, question: str = "breast cancer", **more: object) -> Any:
    return api.post(SEARCH, {"query": question, "source": "ncbi", **more}, format="json")


def found(answer: Any) -> list[str]:
    return [one["geo_id"] for one in answer.json()["datasets"]]


def test_what_ncbi_finds_is_ranked_with_reasons_like_what_the_catalogue_has(
    fake: Ncbi, api: APIClient
) -> None:
    answer = ask(api).json()

    assert (answer["source"], answer["total_found"], answer["cached"]) == ("ncbi", 3, False)
    first = answer["datasets"][0]
    assert (first["geo_id"], first["sample_count"], first["sra"]) == ("GSE201", 2, "SRP9")
    assert first["relevance_score"] > 0
    assert first["match_reasons"]
    assert answer["facets"]["organism"] == {"Homo sapiens": 2, "Mus musculus": 1}


def test_what_ncbi_finds_stays_in_the_catalogue(fake: Ncbi, api: APIClient) -> None:
    ask(api)
    fake.always = "503"

    local = api.post(SEARCH, {"query": "breast cancer"}, format="json").json()
    series = api.get("/api/v2/datasets/GSE201").json()

    assert "GSE201" in [one["geo_id"] for one in local["datasets"]]
    assert series["superseries"] == ["GSE203"]
    assert api.get("/api/v2/datasets", {"sample": "GSM1"}).json()["results"][0]["geo_id"] == (
        "GSE201"
    )


def test_what_only_ncbi_finds_comes_last_and_says_so(fake: Ncbi, api: APIClient) -> None:
    last = ask(api).json()["datasets"][-1]

    assert (last["geo_id"], last["relevance_score"]) == ("GSE203", 0)
    assert last["match_reasons"][-1] == live.FOUND_BY_NCBI


def test_ncbi_is_told_who_asks_and_asked_for_series(fake: Ncbi, api: APIClient) -> None:
    ask(api)

    (search, summaries) = fake.asked
    assert search[1]["email"] == summaries[1]["email"] == ["team@example.org"]
    assert search[1]["term"][0].endswith("gse[ETYP]")
    assert (search[0], summaries[0]) == ("esearch", "esummary")


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"organism": "mouse"}, ["GSE202"]),
        ({"platform": "gpl1261"}, ["GSE202"]),
        ({"min_samples": 3}, ["GSE203"]),
        ({"released_after": "2020-01-01"}, ["GSE203"]),
        ({"study_type": "RNA-seq"}, ["GSE201"]),
        ({"has_raw_data": True}, ["GSE201"]),
        ({"has_publication": True}, ["GSE201"]),
        ({"min_samples": 1000}, []),
    ],
)
def test_filters_bind(
    filters: dict[str, object], expected: list[str], fake: Ncbi, api: APIClient
) -> None:
    answer = ask(api, filters=filters)

    assert found(answer) == expected
    assert answer.json()["total_found"] == len(expected)


def test_a_question_that_finds_nothing_is_asked_more_widely(fake: Ncbi, api: APIClient) -> None:
    answer = ask(api, "quetzals in breast cancer").json()

    assert answer["total_found"] == 3
    assert "some of them" in answer["notices"][-1]


def test_nothing_found_is_an_answer(fake: Ncbi, api: APIClient) -> None:
    answer = ask(api, "quetzals")

    assert (answer.status_code, found(answer), answer.json()["total_found"]) == (200, [], 0)


def test_total_found_is_ncbi_s_count_where_more_is_found_than_read(
    fake: Ncbi, api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "LOOKED_AT", 2)

    answer = ask(api).json()

    assert (answer["total_found"], len(answer["datasets"])) == (3, 2)
    assert "NCBI finds 3 series" in answer["notices"][-1]


def test_the_same_question_is_not_asked_twice(fake: Ncbi, api: APIClient) -> None:
    first, second = ask(api).json(), ask(api).json()

    assert (first["cached"], second["cached"]) == (False, True)
    assert first["datasets"] == second["datasets"]
    assert len(fake.asked) == 2


def test_a_local_answer_is_none_of_ncbi(fake: Ncbi, api: APIClient) -> None:
    api.post(SEARCH, {"query": "breast cancer"}, format="json")

    assert ask(api).json()["cached"] is False
    assert fake.asked


def test_a_second_search_changes_no_record(fake: Ncbi, api: APIClient) -> None:
    ask(api)
    before = dict(Dataset.objects.values_list("accession", "updated_at"))
    process.forget()
    cache.clear()

    ask(api, max_results=5)

    assert dict(Dataset.objects.values_list("accession", "updated_at")) == before


def test_a_whole_record_stays_whole(fake: Ncbi, api: APIClient, load: Load) -> None:
    load(SERIES[0])

    ask(api)

    stored = Dataset.objects.get(accession="GSE201")
    assert stored.overall_design == "Forty paired biopsies."
    assert not stored.summary_truncated
    assert stored.samples.get(accession="GSM1").attributes == {"tissue": "breast"}
    assert stored.origin == Origin.SUMMARY


BAD_DAYS = ["503", "429", "html", "cut json", "error json", "reset", "404"]


@pytest.mark.parametrize("day", BAD_DAYS)
def test_when_ncbi_fails_the_answer_says_that_the_catalogue_works(
    day: str, fake: Ncbi, api: APIClient
) -> None:
    fake.always = day

    answer = ask(api)

    assert (answer.status_code, answer.json()["code"]) == (503, "upstream_unavailable")
    assert int(answer["Retry-After"]) >= 1
    assert '"source": "local"' in answer.json()["detail"]
    assert "127.0.0.1" not in answer.text


def test_a_failure_is_not_kept(fake: Ncbi, api: APIClient) -> None:
    fake.bad_days = ["503"]

    assert [ask(api).status_code, ask(api).status_code] == [503, 200]


def test_while_the_circuit_is_open_ncbi_is_left_in_peace(fake: Ncbi, api: APIClient) -> None:
    fake.always = "503"
    for _ in range(5):
        ask(api)
    asked = len(fake.asked)
    fake.always = ""

    answer = ask(api)

    assert (asked, len(fake.asked)) == (5, 5)
    assert answer.status_code == 503
    assert 50 < int(answer["Retry-After"]) <= 60
    assert api.post(SEARCH, {"query": "breast cancer"}, format="json").status_code == 200


def test_with_a_fallback_the_catalogue_answers_and_says_why(
    fake: Ncbi, api: APIClient, load: Load
) -> None:
    load({"accession": "GSE7", "title": "Breast cancer"})
    fake.always = "503"

    answer = ask(api, fallback=True).json()

    assert answer["source"] == "local"
    assert [one["geo_id"] for one in answer["datasets"]] == ["GSE7"]
    assert "NCBI could not be searched" in answer["notices"][0]
    assert set(answer) >= {"cached", "execution_time_ms", "facets"}


def test_with_a_fallback_ncbi_answers_if_it_can(fake: Ncbi, api: APIClient) -> None:
    assert ask(api, fallback=True).json()["source"] == "ncbi"


def test_the_catalogue_s_own_answer_is_not_marked_by_a_fallback(
    fake: Ncbi, api: APIClient, load: Load
) -> None:
    load({"accession": "GSE7", "title": "Breast cancer"})
    fake.always = "503"
    ask(api, fallback=True)

    local = api.post(SEARCH, {"query": "breast cancer"}, format="json").json()

    assert not any("NCBI" in one for one in local["notices"])


def test_a_slow_ncbi_is_not_waited_for_longer_than_a_search_may_take(
    fake: Ncbi, api: APIClient, settings: Any
) -> None:
    settings.NCBI_LIVE_SECONDS = 0.5
    fake.slow = 5
    started = time.monotonic()

    answer = ask(api)

    assert answer.status_code == 503
    assert time.monotonic() - started < 4


def test_no_more_live_searches_run_at_once_than_there_are_places(
    fake: Ncbi, api: APIClient, settings: Any
) -> None:
    settings.NCBI_LIVE_AT_ONCE = 1

    with live.live_place():
        refused = ask(api)
    allowed = ask(api)

    assert (refused.status_code, refused.json()["code"]) == (503, "upstream_unavailable")
    assert int(refused["Retry-After"]) == 5
    assert "under way" in refused.json()["detail"]
    assert allowed.status_code == 200


def test_a_kept_answer_needs_no_place(fake: Ncbi, api: APIClient, settings: Any) -> None:
    settings.NCBI_LIVE_AT_ONCE = 1
    ask(api)

    with live.live_place():
        assert ask(api).json()["cached"] is True


def test_a_place_is_given_back_after_a_failure(fake: Ncbi, api: APIClient, settings: Any) -> None:
    settings.NCBI_LIVE_AT_ONCE = 1
    fake.bad_days = ["503", "503"]

    assert [ask(api).status_code for _ in range(3)] == [503, 503, 200]


def test_without_an_address_nothing_is_asked(fake: Ncbi, api: APIClient, settings: Any) -> None:
    settings.NCBI_EMAIL = ""

    answer = ask(api)

    assert (answer.status_code, fake.asked) == (503, [])
    assert "does not search NCBI" in answer.json()["detail"]
    assert ask(api, fallback=True).status_code == 200


def test_a_catalogue_that_others_write_to_is_no_server_error(
    fake: Ncbi, api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object, **__: object) -> None:
        raise OperationalError("canceling statement due to lock timeout")

    monkeypatch.setattr(live, "store", busy)

    assert ask(api).status_code == 503


def test_valkey_away_costs_no_answer(
    fake: Ncbi, api: APIClient, valkey: redis.Redis, settings: Any
) -> None:
    settings.REDIS_URL = "unix:///nonexistent/valkey.sock"
    settings.NCBI_LIVE_SECONDS = 30

    assert ask(api).status_code == 200
    ncbi.entrez().close()  # the client for this address of Valkey


def test_a_fallback_must_be_true_or_false(api: APIClient) -> None:
    answer = ask(api, fallback="perhaps")

    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["fallback"])


def test_a_record_that_ncbi_cannot_describe_spoils_no_answer(
    fake: Ncbi, api: APIClient, shelf: Shelf
) -> None:
    shelf.series["GSE202"]["title"] = ""

    assert found(ask(api)) == ["GSE201", "GSE203"]
