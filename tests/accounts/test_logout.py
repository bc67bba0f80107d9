"""Signing out, and who one is."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from tests.accounts.calls import bearer, is_signed_in, post
from tests.factories import ApiKeyFactory, UserFactory, access_token

pytestmark = pytest.mark.django_db


def test_signing_out_ends_the_session_and_its_tokens_at_once(
    client: APIClient, signed_in: dict[str, Any]
) -> None:
    answer = post(client, "logout", {}, **bearer(signed_in["access"]))

    assert answer.status_code == 204
    assert not is_signed_in(client, signed_in["access"])
    assert post(client, "refresh", {"refresh": signed_in["refresh"]}).status_code == 401


def test_signing_out_leaves_the_other_sessions_alone(
    client: APIClient, user: User, signed_in: dict[str, Any]
) -> None:
    other = access_token(user)

    post(client, "logout", {}, **bearer(signed_in["access"]))

    assert is_signed_in(client, other)


def test_signing_out_ends_the_session_of_the_refresh_token_too(
    client: APIClient, user: User, signed_in: dict[str, Any]
) -> None:
    key = ApiKeyFactory(user=user)

    answer = post(client, "logout", {"refresh": signed_in["refresh"]}, **{"X-API-Key": key.text})

    assert answer.status_code == 204
    assert not is_signed_in(client, signed_in["access"])


def test_nobody_ends_the_session_of_another(client: APIClient, signed_in: dict[str, Any]) -> None:
    stranger = access_token(UserFactory())

    answer = post(client, "logout", {"refresh": signed_in["refresh"]}, **bearer(stranger))

    assert answer.status_code == 204
    assert is_signed_in(client, signed_in["access"])


def test_signing_out_with_a_broken_refresh_token_still_ends_the_session(
    client: APIClient, signed_in: dict[str, Any]
) -> None:
    answer = post(client, "logout", {"refresh": "broken"}, **bearer(signed_in["access"]))

    assert answer.status_code == 204
    assert not is_signed_in(client, signed_in["access"])


def test_an_api_key_has_no_session_to_end(client: APIClient, db: None) -> None:
    answer = post(client, "logout", {}, **{"X-API-Key": ApiKeyFactory().text})

    assert answer.status_code == 400
    assert "refresh" in answer.json()["errors"]


def test_signing_out_ends_a_browsers_session(user: User) -> None:
    browser = APIClient()
    browser.force_login(user)

    answer = post(browser, "logout", {})

    assert answer.status_code == 204
    assert browser.get("/api/v2/auth/me").status_code == 401


def test_me_is_who_i_am(client: APIClient, user: User, signed_in: dict[str, Any]) -> None:
    answer = client.get("/api/v2/auth/me", headers=bearer(signed_in["access"]))

    me = answer.json()
    assert me.pop("created_at").endswith("Z")
    assert me == {
        "id": str(user.pk),
        "email": "ada@example.org",
        "full_name": "Ada",
        "tier": "free",
        "roles": ["user"],
        "is_active": True,
        "is_admin": False,
        "email_verified": False,
    }
