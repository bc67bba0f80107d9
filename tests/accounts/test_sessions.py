"""The caller's sign-ins, over HTTP."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Action, AuditEntry, Session, User
from tests.accounts.calls import bearer, is_signed_in
from tests.factories import ApiKeyFactory, SessionFactory, UserFactory, access_token

pytestmark = pytest.mark.django_db
SESSIONS = "/api/v2/auth/sessions"


def test_live_sessions_are_listed_newest_first_and_the_present_one_is_marked(
    client: APIClient, user: User, signed_in: dict[str, Any]
) -> None:
    other = SessionFactory(user=user, ip="203.0.113.1", user_agent="curl/8")

    listed = client.get(SESSIONS, headers=bearer(signed_in["access"])).json()

    present = Session.objects.exclude(pk=other.pk).get()
    assert (listed["next"], listed["previous"]) == (None, None)
    assert [one["id"] for one in listed["results"]] == [str(other.pk), str(present.pk)]
    assert [one["current"] for one in listed["results"]] == [False, True]
    assert listed["results"][0].keys() == {
        *("id", "created_at", "last_used_at", "ip", "user_agent", "current"),
    }
    assert listed["results"][0]["ip"] == "203.0.113.1"


def test_sessions_that_are_over_are_not_listed(client: APIClient, user: User) -> None:
    now = timezone.now()
    SessionFactory(user=user, ended_at=now)
    SessionFactory(user=user, expires_at=now - timedelta(seconds=1))
    SessionFactory(user=user, token_version=7)
    SessionFactory(user=UserFactory())
    token = access_token(user)

    assert len(client.get(SESSIONS, headers=bearer(token)).json()["results"]) == 1


def test_a_session_can_be_ended_and_its_tokens_stop_working(
    client: APIClient, user: User, signed_in: dict[str, Any]
) -> None:
    present = Session.objects.get()
    helping = access_token(user)

    answer = client.delete(f"{SESSIONS}/{present.pk}", headers=bearer(helping))

    assert answer.status_code == 204
    assert not is_signed_in(client, signed_in["access"])
    assert is_signed_in(client, helping)


def test_ending_it_again_finds_nothing(client: APIClient, user: User) -> None:
    session, token = SessionFactory(user=user), access_token(user)

    answers = [
        client.delete(f"{SESSIONS}/{session.pk}", headers=bearer(token)).status_code
        for _ in range(2)
    ]

    assert answers == [204, 404]


def test_a_strangers_session_looks_like_none(client: APIClient, user: User) -> None:
    theirs, token = SessionFactory(), access_token(user)
    headers = bearer(token) | {"X-Request-ID": "same"}

    answers = [client.delete(f"{SESSIONS}/{one}", headers=headers) for one in (theirs.pk, uuid4())]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content
    assert Session.objects.live(at=timezone.now()).filter(pk=theirs.pk).exists()


def test_all_other_sessions_can_be_ended(client: APIClient, user: User) -> None:
    present, other, theirs = access_token(user), access_token(user), access_token(UserFactory())

    answer = client.delete(SESSIONS, headers=bearer(present))

    assert answer.status_code == 204
    assert [is_signed_in(client, one) for one in (present, other, theirs)] == [True, False, True]


def test_a_key_has_no_session_of_its_own_and_ends_all(client: APIClient, user: User) -> None:
    token = access_token(user)
    key = {"X-API-Key": ApiKeyFactory(user=user).text}

    listed = client.get(SESSIONS, headers=key).json()["results"]
    client.delete(SESSIONS, headers=key)

    assert [one["current"] for one in listed] == [False]
    assert not is_signed_in(client, token)


def test_a_browser_is_a_session_that_can_be_seen_and_ended(client: APIClient, user: User) -> None:
    browser, token = APIClient(), access_token(user)
    browser.force_login(user)

    seen = client.get(SESSIONS, headers=bearer(token)).json()["results"]
    own = browser.get(SESSIONS).json()["results"]
    ended = client.delete(f"{SESSIONS}/{seen[0]['id']}", headers=bearer(token))

    assert ended.status_code == 204
    assert [one["current"] for one in own] == [True, False]
    assert browser.get("/api/v2/auth/me").status_code == 401
    assert browser.get("/admin/").status_code == 302


def test_signing_out_of_a_browser_ends_its_session(user: User) -> None:
    browser = APIClient()
    browser.force_login(user)
    cookie = browser.cookies["sessionid"].value

    answer = browser.post("/api/v2/auth/logout", {}, format="json")

    assert answer.status_code == 204
    assert Session.objects.get().ended_at is not None
    thief = APIClient()
    thief.cookies["sessionid"] = cookie
    assert thief.get("/api/v2/auth/me").status_code == 401


@pytest.mark.parametrize(
    "done",
    [{"is_active": False}, {"token_version": 1}, {"password": "!"}],
    ids=["disabled", "sessions ended", "another password"],
)
def test_what_ends_tokens_ends_browsers_too(user: User, done: dict[str, object]) -> None:
    browser = APIClient()
    browser.force_login(user)

    User.objects.filter(pk=user.pk).update(**done)

    assert browser.get("/api/v2/auth/me").status_code == 401


def test_a_cookie_without_a_session_of_ours_opens_nothing(user: User) -> None:
    browser = APIClient()
    browser.force_login(user)

    Session.objects.all().delete()

    assert browser.get("/api/v2/auth/me").status_code == 401


def test_the_use_of_a_browsers_session_is_noted_once_a_minute(user: User) -> None:
    browser = APIClient()
    browser.force_login(user)
    long_ago = timezone.now() - timedelta(hours=1)
    Session.objects.update(last_used_at=long_ago)

    browser.get("/api/v2/auth/me")
    noted = Session.objects.get().last_used_at
    browser.get("/api/v2/auth/me")

    assert noted > long_ago
    assert Session.objects.get().last_used_at == noted


def test_signing_in_and_ending_are_audited(
    client: APIClient, user: User, signed_in: dict[str, Any]
) -> None:
    client.delete(
        f"{SESSIONS}/{Session.objects.get().pk}",
        headers=bearer(signed_in["access"]) | {"X-Request-ID": "ending"},
    )

    entries: Any = AuditEntry.objects.order_by("id")
    assert [one.action for one in entries] == [Action.SIGNED_IN, Action.SESSION_ENDED]
    assert {one.actor for one in entries} == {user.audit_id}
    assert entries[1].request_id == "ending"
    assert entries[1].address == "127.0.0.1"
    assert UUID(entries[0].after["session"]) == Session.objects.get().pk
