"""Making an account over HTTP, and proving its address."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core import signing
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts import email_keys
from accounts.models import Action, AuditEntry, Mail, MailKind, User
from tests.accounts.calls import bearer, post
from tests.factories import PASSWORD, access_token

pytestmark = pytest.mark.django_db


def register(client: APIClient, **changed: object) -> Any:
    sent = {"email": "grace@example.org", "password": PASSWORD, "full_name": "Grace Hopper"}
    return post(client, "register", sent | changed)


def test_registering_makes_an_account(client: APIClient) -> None:
    answer = register(client)

    body = answer.json()
    made = User.objects.get(pk=UUID(body.pop("id")))
    assert answer.status_code == 201
    assert body == {
        "email": "grace@example.org",
        "full_name": "Grace Hopper",
        "tier": "free",
        "email_verified": False,
    }
    assert made.check_password(PASSWORD)
    assert made.roles == ["user"]


def test_the_account_works_at_once_where_verifying_is_optional(client: APIClient) -> None:
    register(client)

    sent = {"email": "grace@example.org", "password": PASSWORD}

    assert post(client, "login", sent).status_code == 200


def test_it_does_not_work_before_it_is_verified_where_that_is_required(
    client: APIClient, settings: Any
) -> None:
    settings.EMAIL_VERIFICATION = "required"
    register(client)
    sent = {"email": "grace@example.org", "password": PASSWORD}

    refused = post(client, "login", sent)
    wrong = post(client, "login", sent | {"password": "six purple otters"})
    post(client, "email/verify", {"key": email_keys.key_for(User.objects.get())})

    assert (refused.status_code, refused.json()["code"]) == (403, "email_unverified")
    assert wrong.json()["code"] == "invalid_credentials"
    assert post(client, "login", sent).status_code == 200


def test_an_address_is_kept_in_one_form(client: APIClient) -> None:
    assert register(client, email=" Grace@Example.ORG ").json()["email"] == "grace@example.org"


def test_a_mail_with_a_key_goes_out(client: APIClient) -> None:
    register(client)

    assert list(Mail.objects.values_list("kind", "address")) == [
        (MailKind.VERIFICATION, "grace@example.org")
    ]


def test_a_taken_address_gets_the_same_answer_and_its_owner_a_mail(client: APIClient) -> None:
    first = register(client, email="ada@example.org")
    owner = User.objects.get()

    second = register(client, email="Ada@example.org", password="eight green herons", full_name="X")

    assert second.status_code == first.status_code == 201
    assert second.json().keys() == first.json().keys()
    assert second.json()["full_name"] == "X"
    assert second.json()["id"] != first.json()["id"]
    assert set(second.headers) == set(first.headers)
    owner.refresh_from_db()
    assert User.objects.count() == 1
    assert owner.check_password(PASSWORD)
    assert Mail.objects.latest("id").kind == MailKind.ALREADY_REGISTERED


def test_a_taken_address_takes_the_same_statements(client: APIClient) -> None:
    register(client)
    statements = []

    for email in ("grace@example.org", "new@example.org"):
        with CaptureQueriesContext(connection) as captured:
            register(client, email=email)
        statements.append([query["sql"][:20] for query in captured.captured_queries])

    assert statements[0] == statements[1]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"email": ""}, "email"),
        ({"email": "a" * 250 + "@example.org"}, "email"),
        ({"email": "a\0@example.org"}, "email"),
        ({"email": "ada@example.org\nBcc: all@example.org"}, "email"),
        ({"email": None}, "email"),
        ({"password": "short"}, "password"),
        ({"password": "x" * 129}, "password"),
        ({"password": "password1234"}, "password"),
        ({"password": "grace@example.org"}, "password"),
        ({"password": "Grace Hopper 1"}, "password"),
        ({"password": 123456789012}, "password"),
        ({"full_name": "x" * 256}, "full_name"),
        ({"full_name": "\0"}, "full_name"),
        ({"full_name": ["Grace"]}, "full_name"),
    ],
)
def test_what_will_not_do_is_named_and_nothing_is_made(
    client: APIClient, changed: dict[str, object], field: str
) -> None:
    answer = register(client, **changed)

    assert answer.status_code == 400
    assert answer.json()["code"] == "validation_error"
    assert list(answer.json()["errors"]) == [field]
    assert not User.objects.exists()
    assert not Mail.objects.exists()


def test_nobody_registers_with_more_than_they_may_choose(client: APIClient) -> None:
    more = {"is_staff": True, "is_superuser": True, "is_admin": True, "tier": "enterprise"}
    more |= {"roles": ["admin"], "email_verified": True, "token_version": 7, "id": str(UUID(int=1))}

    register(client, **more)

    made = User.objects.get()
    assert (made.is_staff, made.is_superuser, made.tier) == (False, False, "free")
    assert (made.email_verified, made.token_version) == (False, 0)
    assert made.pk != UUID(int=1)


def test_registering_is_audited_without_the_address(client: APIClient) -> None:
    register(client)

    entry = AuditEntry.objects.get()
    assert entry.action == Action.REGISTERED
    assert entry.subject == User.objects.get().audit_id
    assert "grace" not in str(entry.__dict__)


def test_a_key_proves_the_address_and_once_more_does_no_harm(client: APIClient, user: User) -> None:
    key = email_keys.key_for(user)

    answers = [post(client, "email/verify", {"key": key}).status_code for _ in range(2)]

    user.refresh_from_db()
    assert answers == [204, 204]
    assert user.email_verified
    assert AuditEntry.objects.filter(action=Action.EMAIL_VERIFIED).count() == 1


def bad_key(user: User, why: str) -> str:
    if why == "cut":
        return email_keys.key_for(user)[:-1]
    if why == "forged":
        return signing.dumps([str(user.pk), user.email], salt="other")
    if why == "of another address":
        other = User(pk=user.pk, email="else@example.org")
        return email_keys.key_for(other)
    if why == "of a list":
        return signing.dumps([[], {}], salt=email_keys.SALT)
    return "rubbish"


@pytest.mark.parametrize("why", ["cut", "forged", "of another address", "of a list", "rubbish"])
def test_a_key_that_is_not_right_proves_nothing(client: APIClient, user: User, why: str) -> None:
    answer = post(client, "email/verify", {"key": bad_key(user, why)})

    user.refresh_from_db()
    assert answer.status_code == 400
    assert answer.json()["code"] == "validation_error"
    assert not user.email_verified


def test_an_old_key_proves_nothing(client: APIClient, user: User, monkeypatch: Any) -> None:
    key = email_keys.key_for(user)
    monkeypatch.setattr("accounts.email_keys.LIFETIME", timedelta(seconds=-1))

    assert post(client, "email/verify", {"key": key}).status_code == 400


def test_the_key_of_a_disabled_account_proves_nothing(client: APIClient, user: User) -> None:
    User.objects.update(is_active=False)

    assert post(client, "email/verify", {"key": email_keys.key_for(user)}).status_code == 400


def test_another_key_is_mailed_to_who_is_signed_in(client: APIClient, user: User) -> None:
    answer = post(client, "email/verify/resend", {}, **bearer(access_token(user)))

    assert answer.status_code == 202
    assert Mail.objects.get().address == user.email


def test_who_is_signed_in_cannot_have_mail_sent_to_others(client: APIClient, user: User) -> None:
    sent = {"email": "other@example.org"}

    post(client, "email/verify/resend", sent, **bearer(access_token(user)))

    assert Mail.objects.get().address == user.email


def test_another_key_is_mailed_to_an_address_known_or_not(client: APIClient, user: User) -> None:
    answers = [
        post(client, "email/verify/resend", {"email": email}, **{"X-Request-ID": "same"})
        for email in (user.email, "nobody@example.org")
    ]

    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].content == answers[1].content
    assert Mail.objects.count() == 2  # the worker finds out who has an account


def test_without_a_sign_in_and_an_address_nothing_is_mailed(client: APIClient) -> None:
    assert post(client, "email/verify/resend", {}).status_code == 401
    assert not Mail.objects.exists()


@pytest.mark.parametrize("path", ["email/verify/resend", "password/reset"])
def test_nobodys_mailbox_is_flooded(client: APIClient, user: User, path: str) -> None:
    answers = {post(client, path, {"email": user.email}).status_code for _ in range(8)}

    assert answers == {202}
    assert Mail.objects.count() == 5
