"""The caller's API keys, over HTTP."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from rest_framework.test import APIClient

from accounts import keys
from accounts.models import Action, ApiKey, AuditEntry, User
from accounts.services.api_keys import KeyIsOver, TooManyKeys, make_key, rotate
from tests.accounts.calls import bearer
from tests.factories import ApiKeyFactory, UserFactory, access_token

pytestmark = pytest.mark.django_db
KEYS = "/api/v2/users/api-keys"
SHOWN = {
    *("id", "name", "prefix", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at"),
}


@pytest.fixture
def signed(client: APIClient, user: User) -> APIClient:
    """Return a client that is signed in."""
    client.credentials(HTTP_AUTHORIZATION=bearer(access_token(user))["Authorization"])
    return client


def make(signed: APIClient, **fields: object) -> Any:
    return signed.post(KEYS, {"name": "laptop"} | fields, format="json")


def works(key: str) -> bool:
    return APIClient().get("/api/v2/auth/me", headers={"X-API-Key": key}).status_code == 200


def test_a_key_is_made_and_shown_this_once(signed: APIClient) -> None:
    answer = make(signed)

    made = answer.json()
    listed = signed.get(KEYS).json()["results"]
    assert answer.status_code == 201
    assert made.keys() == SHOWN | {"key"}
    assert keys.read(made["key"]).prefix == made["prefix"]
    assert (made["scopes"], made["expires_at"], made["last_used_at"]) == (
        ["read", "write"],
        None,
        None,
    )
    assert works(made["key"])
    assert [one.keys() for one in listed] == [SHOWN]
    assert "no-store" in answer["Cache-Control"]


def test_nothing_that_is_stored_is_the_key(signed: APIClient) -> None:
    text = make(signed).json()["key"]

    with connection.cursor() as cursor:
        cursor.execute("select k::text from api_keys k")
        stored = str(cursor.fetchall())

    assert text not in stored
    assert text.split("_")[2] not in stored


def test_a_key_has_the_scopes_and_the_end_that_were_asked_for(signed: APIClient) -> None:
    end = timezone.now() + timedelta(days=1)

    made = make(signed, scopes=["read"], expires_at=end.isoformat()).json()

    assert made["scopes"] == ["read"]
    assert parse_datetime(made["expires_at"]) == end
    assert made["expires_at"].endswith("Z")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": None}, "name"),
        ({"name": "x" * 256}, "name"),
        ({"name": "\0"}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["admin"]}, "scopes.0"),
        ({"scopes": "read"}, "scopes"),
        ({"scopes": ["read"] * 11}, "scopes"),
        ({"expires_at": "tomorrow"}, "expires_at"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ({"expires_at": 1}, "expires_at"),
    ],
)
def test_what_will_not_do_is_named(
    signed: APIClient, fields: dict[str, object], field: str
) -> None:
    answer = make(signed, **fields)

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]
    assert not ApiKey.objects.exists()


def test_ten_keys_may_live_and_one_more_may_not(signed: APIClient, user: User) -> None:
    for _ in range(10):
        assert make(signed).status_code == 201

    refused = make(signed)
    signed.delete(f"{KEYS}/{ApiKey.objects.latest('id').pk}")

    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert make(signed).status_code == 201


@pytest.mark.django_db(transaction=True)
def test_of_many_made_at_once_ten_live() -> None:
    user = UserFactory.create()

    def one(_: int) -> bool:
        try:
            make_key(user=user, actor=user, name="laptop", at=timezone.now())
        except TooManyKeys:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(one, range(16)))

    assert made.count(True) == 10


def test_a_revoked_key_is_refused_from_the_next_request_on(signed: APIClient) -> None:
    made = make(signed).json()

    answers = [signed.delete(f"{KEYS}/{made['id']}").status_code for _ in range(2)]

    assert answers == [204, 204]
    assert not works(made["key"])
    assert signed.get(KEYS).json()["results"][0]["revoked_at"] is not None
    assert AuditEntry.objects.filter(action=Action.KEY_REVOKED).count() == 1


def test_a_rotated_key_works_until_the_grace_ends(signed: APIClient) -> None:
    old = make(signed, scopes=["read"]).json()

    answer = signed.post(f"{KEYS}/{old['id']}/rotate", {"grace_seconds": 60}, format="json")

    fresh = answer.json()
    assert answer.status_code == 201
    assert (fresh["name"], fresh["scopes"]) == ("laptop", ["read"])
    assert fresh["key"] != old["key"]
    assert works(fresh["key"])
    assert works(old["key"])
    ApiKey.objects.filter(pk=old["id"]).update(revoked_at=timezone.now())
    assert not works(old["key"])


def test_without_a_grace_the_old_key_ends_at_once(signed: APIClient) -> None:
    old = make(signed).json()

    signed.post(f"{KEYS}/{old['id']}/rotate", {}, format="json")

    assert not works(old["key"])


def test_a_new_key_lives_as_long_as_the_old_one_was_to_live(signed: APIClient, user: User) -> None:
    now = timezone.now()
    old = ApiKeyFactory(
        user=user, created_at=now - timedelta(days=20), expires_at=now + timedelta(days=10)
    )

    fresh = signed.post(f"{KEYS}/{old.pk}/rotate", {}, format="json").json()

    ends, made = (datetime.fromisoformat(fresh[name]) for name in ("expires_at", "created_at"))
    assert ends - made == timedelta(days=30)


@pytest.mark.parametrize("grace", [-1, 604_801, "soon", None])
def test_a_grace_is_at_most_a_week(signed: APIClient, grace: object) -> None:
    old = make(signed).json()

    answer = signed.post(f"{KEYS}/{old['id']}/rotate", {"grace_seconds": grace}, format="json")

    assert answer.status_code == 400
    assert works(old["key"])


@pytest.mark.parametrize("how", ["revoked", "expired", "in its grace"])
def test_a_key_that_is_over_cannot_be_exchanged(signed: APIClient, user: User, how: str) -> None:
    now = timezone.now()
    state = {
        "revoked": {"revoked_at": now},
        "expired": {"expires_at": now},
        "in its grace": {"revoked_at": now + timedelta(hours=1)},
    }[how]
    old = ApiKeyFactory(user=user, **state)

    answer = signed.post(f"{KEYS}/{old.pk}/rotate", {}, format="json")

    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert ApiKey.objects.count() == 1


def test_the_tenth_key_can_be_exchanged_but_not_doubled(signed: APIClient, user: User) -> None:
    old = ApiKeyFactory.create_batch(10, user=user)[0]
    path = f"{KEYS}/{old.pk}/rotate"

    doubled = signed.post(path, {"grace_seconds": 60}, format="json")
    exchanged = signed.post(path, {}, format="json")

    assert (doubled.status_code, exchanged.status_code) == (409, 201)


@pytest.mark.django_db(transaction=True)
def test_of_many_exchanges_at_once_one_makes_a_key() -> None:
    user = UserFactory.create()
    old = ApiKeyFactory(user=user)

    def one(_: int) -> bool:
        try:
            rotate(user=user, key_id=old.pk, grace=timedelta(hours=1), at=timezone.now())
        except KeyIsOver:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as pool:
        exchanged = list(pool.map(one, range(16)))

    assert exchanged.count(True) == 1
    assert ApiKey.objects.count() == 2


@pytest.mark.parametrize("verb", ["revoke", "rotate"])
def test_a_strangers_key_looks_like_none(signed: APIClient, verb: str) -> None:
    theirs = ApiKeyFactory()

    def try_(key_id: object) -> Any:
        path, headers = f"{KEYS}/{key_id}", {"X-Request-ID": "same"}
        if verb == "revoke":
            return signed.delete(path, headers=headers)
        return signed.post(f"{path}/rotate", {}, format="json", headers=headers)

    answers = [try_(theirs.pk), try_(uuid4())]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content
    assert works(theirs.text)


def test_keys_are_paged_newest_first(signed: APIClient, user: User) -> None:
    made = ApiKeyFactory.create_batch(5, user=user)

    first = signed.get(KEYS, {"page_size": 3}).json()
    second = signed.get(first["next"]).json()

    seen = [one["id"] for one in first["results"] + second["results"]]
    assert seen == [str(one.pk) for one in reversed(made)]


def test_no_key_makes_shows_or_ends_keys(user: User, client: APIClient) -> None:
    key = ApiKeyFactory(user=user)
    headers = {"X-API-Key": key.text}
    answers = [
        client.get(KEYS, headers=headers),
        client.post(KEYS, {"name": "more"}, format="json", headers=headers),
        client.delete(f"{KEYS}/{key.pk}", headers=headers),
        client.post(f"{KEYS}/{key.pk}/rotate", {}, format="json", headers=headers),
    ]

    assert {answer.status_code for answer in answers} == {403}
    assert {answer.json()["code"] for answer in answers} == {"scope_required"}
    assert works(key.text)


def test_making_and_exchanging_are_audited_without_the_secret(signed: APIClient) -> None:
    made = make(signed).json()
    fresh = signed.post(f"{KEYS}/{made['id']}/rotate", {}, format="json").json()

    entries = list(AuditEntry.objects.order_by("id"))
    assert [one.action for one in entries] == [Action.KEY_MADE, Action.KEY_ROTATED]
    assert [one.object for one in entries] == [made["prefix"], fresh["prefix"]]
    written = str([one.__dict__ for one in entries])
    assert made["key"].split("_")[2] not in written
    assert fresh["key"].split("_")[2] not in written
