"""Signing in."""

import re
from typing import Any
from uuid import UUID

import jwt
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts import hashers
from accounts.models import Session, User
from accounts.services import passwords
from accounts.services.passwords import InvalidCredentials
from tests.accounts.calls import post
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db
SAVEPOINT = r'"s\d+_x\d+"'


def test_signing_in_answers_with_tokens_and_the_user(
    client: APIClient, user: User, signed_in: dict[str, Any]
) -> None:
    assert signed_in.pop("access").count(".") == 2
    assert len(signed_in.pop("refresh")) == 86
    assert signed_in == {
        "token_type": "Bearer",
        "expires_in": 600,
        "user": {
            "id": str(user.pk),
            "email": "ada@example.org",
            "full_name": "Ada",
            "tier": "free",
            "roles": ["user"],
        },
    }


def test_signing_in_is_noted(user: User, signed_in: dict[str, Any]) -> None:
    user.refresh_from_db()

    assert user.last_login is not None


def test_a_session_remembers_where_it_came_from(client: APIClient, user: User) -> None:
    agent = "Mozilla/5.0 " + "x" * 300
    post(client, "login", {"email": user.email, "password": PASSWORD}, **{"User-Agent": agent})

    session = Session.objects.get(user=user)

    assert (session.ip, session.user_agent) == ("127.0.0.1", agent[:255])


def test_a_session_behind_a_socket_has_no_address(client: APIClient, user: User) -> None:
    client.post(
        "/api/v2/auth/login",
        {"email": user.email, "password": PASSWORD},
        format="json",
        REMOTE_ADDR="",
    )

    assert Session.objects.get(user=user).ip is None


def test_the_address_may_be_written_in_any_case(client: APIClient, user: User) -> None:
    answer = post(client, "login", {"email": " ADA@Example.org", "password": PASSWORD})

    assert answer.status_code == 200


def test_answers_with_tokens_are_not_stored(client: APIClient, user: User) -> None:
    answer = post(client, "login", {"email": user.email, "password": PASSWORD})

    assert "no-store" in answer["Cache-Control"]


def test_a_stale_token_keeps_nobody_from_signing_in(client: APIClient, user: User) -> None:
    sent = {"email": user.email, "password": PASSWORD}

    assert post(client, "login", sent, Authorization="Bearer stale").status_code == 200


def wrong_sign_ins(client: APIClient) -> dict[str, Any]:
    """Return the answers to all the wrong ways to sign in."""
    UserFactory(email="gone@example.org", is_active=False)
    UserFactory(email="social@example.org", password="!unusable")
    tries = {
        "wrong password": ("ada@example.org", "six purple otters"),
        "unknown address": ("nobody@example.org", PASSWORD),
        "no address": ("nobody", PASSWORD),
        "disabled account": ("gone@example.org", PASSWORD),
        "no password set": ("social@example.org", PASSWORD),
    }
    return {
        name: post(
            client, "login", {"email": email, "password": password}, **{"X-Request-ID": "same"}
        )
        for name, (email, password) in tries.items()
    }


def test_all_that_is_wrong_gets_the_same_answer(client: APIClient, user: User) -> None:
    answers = wrong_sign_ins(client)

    assert {answer.status_code for answer in answers.values()} == {401}
    assert {answer["WWW-Authenticate"] for answer in answers.values()} == {"Bearer"}
    assert len({answer.content for answer in answers.values()}) == 1
    assert answers["wrong password"].json()["code"] == "invalid_credentials"


@pytest.mark.parametrize("email", ["nobody@example.org", "gone@example.org", "social@example.org"])
def test_whatever_is_wrong_the_same_is_done_about_it(
    user: User, email: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So it takes the same time; `make bench-accounts` measures it."""
    UserFactory(email="gone@example.org", is_active=False)
    UserFactory(email="social@example.org", password="!unusable")
    done: list[list[str]] = []
    run = hashers.Counter.run

    def noted(*args: Any) -> Any:
        done[-1].append("hash")
        return run(*args)

    monkeypatch.setattr(hashers.Counter, "run", noted)

    for address in (user.email, email):
        done.append([])
        with CaptureQueriesContext(connection) as said, pytest.raises(InvalidCredentials):
            passwords.authenticate(email=address, password="wrong", at=timezone.now())
        done[-1] += [re.sub(SAVEPOINT, "", one["sql"])[:60] for one in said.captured_queries]

    assert done[0] == done[1]
    assert done[0].count("hash") == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email": "ada@example.org"},
        {"email": "ada@example.org", "password": ""},
        {"email": "ada@example.org", "password": "x" * 129},
        {"email": "ada@example.org", "password": "x" * 1_000_000},
        {"email": "ada@example.org", "password": ["x"]},
        {"email": "ada@example.org", "password": 123456789012},
        {"email": ["ada@example.org"], "password": PASSWORD},
        {"email": "a" * 255, "password": PASSWORD},
        {"email": "ada\0@example.org", "password": PASSWORD},
        {"email": None, "password": None},
    ],
)
def test_what_is_no_sign_in_is_refused_before_anybody_hashes(
    client: APIClient, user: User, body: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("accounts.services.passwords.authenticate", None)

    answer = post(client, "login", body)

    assert answer.status_code == 400
    assert answer.json()["code"] == "validation_error"


def test_a_password_is_measured_after_it_is_normalised(client: APIClient) -> None:
    user = User.objects.create_user("eve@example.org", "é" * 128)

    answer = post(client, "login", {"email": user.email, "password": "e\u0301" * 128})

    assert answer.status_code == 200


def test_the_access_token_lives_ten_minutes_and_names_its_session(
    user: User, signed_in: dict[str, Any]
) -> None:
    claims = jwt.decode(signed_in["access"], options={"verify_signature": False})

    assert claims["exp"] - claims["iat"] == 600
    assert claims["sub"] == str(user.pk)
    assert Session.objects.get().pk == UUID(claims["sid"])
    assert claims["ver"] == 0
    assert {claims["aud"], claims["iss"]} == {"omicsoracle-api", "omicsoracle"}
    assert claims["jti"]
