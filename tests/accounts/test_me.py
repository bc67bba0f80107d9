"""The caller's own account, over HTTP."""

import json
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.sessions.models import Session as BrowserCookie
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from accounts import audit
from accounts.models import Action, AuditEntry, MailKind, User
from accounts.services import outbox
from tests.accounts.calls import bearer, is_signed_in, post
from tests.factories import PASSWORD, ApiKeyFactory, SessionFactory, UserFactory, access_token

pytestmark = pytest.mark.django_db
ME = "/api/v2/auth/me"
CANARY = "ada@example.org"


@pytest.fixture
def signed(client: APIClient, user: User) -> APIClient:
    """Return a client that is signed in."""
    client.credentials(HTTP_AUTHORIZATION=bearer(access_token(user))["Authorization"])
    return client


def test_the_name_can_be_changed(signed: APIClient, user: User) -> None:
    answer = signed.patch(ME, {"full_name": "  Ada Lovelace "}, format="json")

    user.refresh_from_db()
    assert answer.status_code == 200
    assert answer.json()["full_name"] == user.full_name == "Ada Lovelace"


def test_changing_nothing_changes_nothing(signed: APIClient, user: User) -> None:
    before = User.objects.values().get()

    answers = [signed.patch(ME, body, format="json") for body in ({}, {"full_name": "Ada"})]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert User.objects.values().get() == before
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("name", [None, "x" * 256, "\0", 5, ["Ada"]])
def test_what_is_no_name_is_refused(signed: APIClient, user: User, name: object) -> None:
    answer = signed.patch(ME, {"full_name": name}, format="json")

    user.refresh_from_db()
    assert answer.status_code == 400
    assert user.full_name == "Ada"


def test_the_log_knows_that_the_name_changed_but_not_what_it_was(signed: APIClient) -> None:
    signed.patch(ME, {"full_name": "Countess"}, format="json")

    entry = AuditEntry.objects.get()
    assert (entry.action, entry.after) == (Action.ACCOUNT_CHANGED, {"changed": ["full_name"]})


def test_an_export_holds_all_and_no_secret(signed: APIClient, user: User) -> None:
    key = ApiKeyFactory(user=user, name="laptop")
    SocialAccount.objects.create(user=user, provider="github", uid="583231")
    outbox.put(MailKind.VERIFICATION, address=user.email, at=timezone.now())
    audit.record(Action.SIGNED_IN, at=timezone.now(), actor=user, subject=user)

    answer = signed.get(f"{ME}/export")

    document = answer.json()
    account = document["account"]
    assert answer.status_code == 200
    assert "attachment" in answer["Content-Disposition"]
    assert document["exported_at"].endswith("Z")
    assert account["user"]["email"] == user.email
    assert [one["uid"] for one in account["providers"]] == ["583231"]
    assert [one["name"] for one in account["api_keys"]] == ["laptop"]
    assert len(account["sessions"]) == 1
    assert [one["kind"] for one in account["mails"]] == ["verification"]
    assert [one["action"] for one in account["audit_log"]] == [Action.SIGNED_IN]
    for secret in (user.password, key.text, key.key_hash):
        assert secret not in answer.content.decode()


def test_an_export_tells_nothing_of_others(signed: APIClient, user: User) -> None:
    other = UserFactory.create(email="grace@example.org")
    ApiKeyFactory(user=other, name="theirs")
    SessionFactory(user=other, user_agent="their browser")
    audit.record(Action.SIGNED_IN, at=timezone.now(), actor=other, subject=other)

    exported = signed.get(f"{ME}/export").content.decode()

    assert not {"grace@example.org", "theirs", "their browser", str(other.pk)} & {
        one
        for one in ("grace@example.org", "theirs", "their browser", str(other.pk))
        if one in exported
    }


def everything_stored() -> str:
    """Return every row of every table as text."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        found = []
        for table in tables:
            cursor.execute(f'select t::text from "{table}" t')  # noqa: S608 (our own names)
            found += [line[0] for line in cursor]
        cursor.execute("select session_data from django_session")
    cookies = [json.dumps(one.get_decoded()) for one in BrowserCookie.objects.all()]
    return "\n".join(found + cookies)


def test_deleting_the_account_leaves_nothing_that_leads_to_the_person(
    signed: APIClient, user: User
) -> None:
    browser = APIClient()
    browser.force_login(user)
    ApiKeyFactory(user=user)
    SocialAccount.objects.create(user=user, provider="github", uid="583231")
    post(APIClient(), "password/reset", {"email": user.email})
    post(APIClient(), "login", {"email": user.email, "password": "six purple otters"})
    signed.patch(ME, {"full_name": "Ada Lovelace"}, format="json")
    assert CANARY in everything_stored()

    answer = signed.delete(ME, {"password": PASSWORD}, format="json")

    left = everything_stored()
    assert answer.status_code == 204
    assert not [one for one in (CANARY, "Lovelace", str(user.pk), "583231") if one in left]


def test_a_deleted_account_is_gone_at_once(signed: APIClient, user: User) -> None:
    token, key = access_token(user), ApiKeyFactory(user=user)

    signed.delete(ME, {"password": PASSWORD}, format="json")

    client = APIClient()
    assert not is_signed_in(client, token)
    assert client.get(ME, headers={"X-API-Key": key.text}).status_code == 401
    assert post(client, "login", {"email": CANARY, "password": PASSWORD}).status_code == 401


def test_the_address_can_be_registered_again(signed: APIClient) -> None:
    signed.delete(ME, {"password": PASSWORD}, format="json")

    sent = {"email": CANARY, "password": "eight green herons"}
    post(APIClient(), "register", sent)

    assert post(APIClient(), "login", sent).status_code == 200


@pytest.mark.parametrize("password", ["six purple otters", "", None, 5])
def test_without_the_password_nothing_is_deleted(signed: APIClient, password: object) -> None:
    answer = signed.delete(ME, {"password": password}, format="json")

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["password"]
    assert User.objects.filter(email=CANARY).exists()


def test_the_password_cannot_be_guessed_here_either(signed: APIClient) -> None:
    for _ in range(10):
        signed.delete(ME, {"password": "six purple otters"}, format="json")

    assert signed.delete(ME, {"password": PASSWORD}, format="json").status_code == 429


def test_an_account_without_a_password_is_told_how_to_get_one(
    signed: APIClient, user: User
) -> None:
    User.objects.update(password="!")

    answer = signed.delete(ME, {"password": PASSWORD}, format="json")

    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert "password reset" in answer.json()["detail"]


def test_the_last_admin_cannot_be_deleted(signed: APIClient, user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_staff=True, is_superuser=True)

    refused = signed.delete(ME, {"password": PASSWORD}, format="json")
    UserFactory(is_staff=True, is_superuser=True)

    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert signed.delete(ME, {"password": PASSWORD}, format="json").status_code == 204


def test_the_log_keeps_that_somebody_left_and_stays_whole(signed: APIClient, user: User) -> None:
    signed.delete(ME, {"password": PASSWORD}, format="json")

    entry: Any = AuditEntry.objects.latest("id")
    assert (entry.action, entry.subject) == (Action.ACCOUNT_DELETED, user.audit_id)
    assert audit.verify().broken_at is None
