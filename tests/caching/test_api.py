"""The cache over HTTP."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import AuditEntry, User
from caching.models import Demand, SearchCache, Use, Warming
from caching.tasks import warm_waiting
from discovery.services import catalogue
from tests.discovery.conftest import NOON, SERIES, lines_of
from tests.factories import UserFactory, access_token

API = "/api/v2"
SEARCH = f"{API}/agents/search"
QUESTION = {"query": "breast cancer"}
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("starter")]


@pytest.fixture
def starter(db: None) -> None:
    catalogue.load(lines=lines_of(SERIES), at=NOON)


def client_of(user: User) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {access_token(user)}")
    return client


@pytest.fixture
def ada() -> APIClient:
    return client_of(UserFactory())


@pytest.fixture
def bob() -> APIClient:
    return client_of(UserFactory())


@pytest.fixture
def root() -> APIClient:
    return client_of(User.objects.create_superuser("root@example.org"))


def post(client: APIClient, path: str, body: dict[str, Any] | None = None) -> Any:
    return client.post(path, body or {}, format="json")


def is_cached(client: APIClient, body: dict[str, Any] | None = None) -> bool:
    return bool(post(client, SEARCH, body or QUESTION).json()["cached"])


def test_a_repeated_question_is_cached_for_everybody(ada: APIClient, bob: APIClient) -> None:
    assert [is_cached(ada), is_cached(ada), is_cached(bob)] == [False, True, True]


def test_a_cached_answer_differs_from_the_first_one_in_nothing_else(ada: APIClient) -> None:
    first, second = (post(ada, SEARCH, QUESTION).json() for _ in range(2))

    for name in ("cached", "execution_time_ms"):
        del first[name], second[name]
    assert first == second


@pytest.mark.parametrize(
    "other",
    [
        {"query": "breast cancers"},
        {"query": "breast cancer", "max_results": 3},
        {"query": "breast cancer", "mode": "lexical"},
        {"query": "breast cancer", "filters": {"min_samples": 5}},
    ],
)
def test_another_question_is_not_answered_with_it(ada: APIClient, other: dict[str, Any]) -> None:
    is_cached(ada)

    assert not is_cached(ada, other)


def test_blanks_make_no_other_question(ada: APIClient) -> None:
    is_cached(ada)

    assert is_cached(ada, {"query": "  breast   cancer "})


def test_what_is_loaded_is_found_at_once(ada: APIClient) -> None:
    before = post(ada, SEARCH, QUESTION).json()["total_found"]

    catalogue.load(
        lines=lines_of([{"accession": "GSE9", "title": "Breast cancer", "summary": "More."}]),
        at=NOON,
    )

    assert post(ada, SEARCH, QUESTION).json()["total_found"] == before + 1


def test_a_series_that_was_unknown_is_found_once_it_is_loaded(ada: APIClient) -> None:
    first = ada.get(f"{API}/datasets/GSE9").status_code

    catalogue.load(lines=lines_of([{"accession": "GSE9", "title": "t", "summary": "s"}]), at=NOON)

    assert (first, ada.get(f"{API}/datasets/gse9").status_code) == (404, 200)


def test_a_loaded_series_has_another_etag(ada: APIClient) -> None:
    old = ada.get(f"{API}/datasets/GSE101")
    unchanged = ada.get(f"{API}/datasets/GSE101", headers={"If-None-Match": old["ETag"]})
    catalogue.load(lines=lines_of([SERIES[0] | {"title": "Another"}]), at=NOON)

    changed = ada.get(f"{API}/datasets/GSE101", headers={"If-None-Match": old["ETag"]})

    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert (changed.status_code, changed.json()["title"]) == (200, "Another")


def test_who_clears_is_answered_anew_and_others_are_not(ada: APIClient, bob: APIClient) -> None:
    is_cached(ada)
    is_cached(bob)

    cleared = post(ada, f"{API}/cache/clear").json()

    assert cleared == {"cleared": 1}
    assert [is_cached(bob), is_cached(ada), is_cached(ada)] == [True, False, True]


def test_clearing_nothing_is_nothing(ada: APIClient) -> None:
    assert post(ada, f"{API}/cache/clear").json() == {"cleared": 0}


@pytest.mark.parametrize(
    ("chosen", "count"),
    [
        ({"namespace": "geo:query"}, 1),
        ({"dataset_id": "gse101"}, 1),
        ({"dataset_id": "GSE103"}, 0),
        ({"namespace": "ai:summary"}, 0),
        ({"keys": ["geo:query:made-up", "nonsense"]}, 0),
    ],
)
def test_one_invalidates_what_one_was_given(
    ada: APIClient, bob: APIClient, chosen: dict[str, Any], count: int
) -> None:
    is_cached(ada)
    is_cached(bob)

    answer = post(ada, f"{API}/cache/invalidate", chosen).json()

    assert answer == {"invalidated": count}
    assert [is_cached(bob), is_cached(ada)] == [True, count == 0]


def test_an_admin_invalidates_for_everybody(ada: APIClient, root: APIClient) -> None:
    is_cached(ada)

    answer = post(root, f"{API}/cache/invalidate", {"dataset_id": "GSE101"}).json()

    assert answer == {"invalidated": 1}
    assert not is_cached(ada)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"keys": []},
        {"keys": "geo:query:a"},
        {"namespace": "secrets"},
        {"dataset_id": "GSM1"},
        {"namespace": "user", "dataset_id": "GSE1"},
        {"tag": "x"},
    ],
)
def test_an_invalidation_of_nothing_in_particular_is_refused(
    ada: APIClient, body: dict[str, Any]
) -> None:
    answer = post(ada, f"{API}/cache/invalidate", body)

    assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")


def test_an_admin_empties_all_levels(ada: APIClient, root: APIClient) -> None:
    is_cached(ada)
    ada.get(f"{API}/datasets/GSE101")

    answer = post(root, f"{API}/admin/cache/clear").json()

    assert answer == {"cleared": 2}
    assert not is_cached(ada)


def test_the_figures_tell_what_happened(ada: APIClient) -> None:
    for _ in range(4):
        is_cached(ada)

    figures = ada.get(f"{API}/cache/stats").json()

    levels = figures["levels"]
    assert [levels[name]["hits"] for name in ("l1", "l2", "l3")] == [3, 0, 0]
    assert [levels[name]["misses"] for name in ("l1", "l2", "l3")] == [1, 1, 1]
    assert [levels[name]["entries"] for name in ("l1", "l2", "l3")] == [1, 1, 1]
    assert all(levels[name]["available"] and levels[name]["bytes"] for name in levels)
    assert levels["l2"]["max_bytes"] == 1_000_000_000
    assert figures["hit_rate"] == 0.75
    assert figures["by_namespace"] == {"geo:query": {"hits": 3, "misses": 1, "hit_rate": 0.75}}


def test_the_figures_of_a_new_cache_are_zero(ada: APIClient) -> None:
    figures = ada.get(f"{API}/cache/stats").json()

    assert (figures["hit_rate"], figures["by_namespace"]) == (None, {})
    assert set(figures["levels"]["l1"]) >= {
        *("entries", "bytes", "max_bytes", "hits", "misses", "evictions"),
        *("ttl_seconds", "available"),
    }


def test_questions_are_answered_in_advance(ada: APIClient, root: APIClient) -> None:
    answer = post(root, f"{API}/admin/cache/warm", {"queries": ["breast cancer", "yeast"]})
    warm_waiting()

    progress = root.get(answer["Location"]).json()
    assert answer.status_code == 202
    assert (progress["total"], progress["done"], progress["failed"]) == (2, 2, 0)
    assert progress["finished_at"].endswith("Z")
    assert is_cached(ada)


def test_the_most_asked_questions_are_answered_again_after_a_load(ada: APIClient) -> None:
    body = {"query": "yeast", "max_results": 7, "filters": {"released_after": "2001-01-01"}}
    is_cached(ada, body)
    ada.get(f"{API}/cache/stats")  # reports what was asked

    catalogue.load(lines=lines_of([{"accession": "GSE9", "title": "t", "summary": "s"}]), at=NOON)
    warm_waiting()

    assert is_cached(ada, body)
    assert Warming.objects.get().finished_at is not None


def test_a_question_that_cannot_be_answered_stops_no_other(root: APIClient) -> None:
    Warming.objects.create(wanted=[{"query": ""}, {"query": "yeast"}])

    warm_waiting()

    warming = Warming.objects.get()
    assert (warming.done, warming.failed, warming.finished_at is None) == (2, 1, False)


@pytest.mark.parametrize(
    "body", [{"top": -1}, {"top": 1001}, {"queries": [""]}, {"queries": "liver"}, {"other": 1}]
)
def test_a_warming_that_cannot_be_is_refused(root: APIClient, body: dict[str, Any]) -> None:
    assert post(root, f"{API}/admin/cache/warm", body).status_code == 400


def test_what_staff_do_to_the_cache_is_in_the_audit_log(root: APIClient) -> None:
    post(root, f"{API}/cache/invalidate", {"namespace": "geo:query"})
    post(root, f"{API}/admin/cache/clear")
    post(root, f"{API}/admin/cache/warm", {"queries": ["yeast"]})

    actions = list(AuditEntry.objects.order_by("id").values_list("action", flat=True))

    assert actions[-3:] == ["cache.invalidated", "cache.cleared", "cache.warmed"]


def test_who_is_erased_leaves_no_trace_in_the_cache(ada: APIClient) -> None:
    user = UserFactory.create()
    is_cached(client_of(user))
    ada.get(f"{API}/cache/stats")
    before = Use.objects.filter(user=user).count()

    user.delete()

    assert (before, Use.objects.filter(user_id=user.pk).count()) == (1, 0)


def test_no_level_keeps_who_asked(ada: APIClient) -> None:
    user = UserFactory(email="canary@example.org")
    is_cached(client_of(user), {"query": "liver of rats"})
    ada.get(f"{API}/cache/stats")

    row = SearchCache.objects.get()
    kept = f"{row.results} {row.tags} {row.envelope} {list(Demand.objects.values())}"

    assert str(user.pk) not in kept
    assert "canary" not in kept


def test_an_export_tells_what_the_cache_keeps_of_somebody(ada: APIClient) -> None:
    is_cached(ada)

    kept = ada.get(f"{API}/auth/me/export").json()["cache"]

    assert [one["namespace"] for one in kept] == ["geo:query"]
