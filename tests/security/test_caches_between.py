"""What caches between us and the caller may keep: nothing private for anybody else."""

from typing import Any

import pytest
from django.test import Client

from tests.factories import UserFactory, access_token
from tests.security.routes import METHODS, PUBLIC, path_of, routes

pytestmark = pytest.mark.django_db
DEPENDS_ON = {"authorization", "x-api-key", "cookie"}


def parts(value: str) -> set[str]:
    return {one.strip().lower() for one in value.split(",") if one.strip()}


@pytest.fixture
def token() -> str:
    return access_token(UserFactory(is_staff=True, is_superuser=True))


# One for all: each new one would load the middleware anew.
CLIENT = Client(raise_request_exception=False)


@pytest.mark.parametrize("route", routes())
def test_no_answer_of_the_api_may_be_given_to_somebody_else(route: str, token: str) -> None:
    wrong = []
    for method in METHODS:
        CLIENT.cookies.clear()
        answer = CLIENT.generic(
            method,
            path_of(route),
            b"" if method in {"GET", "HEAD", "OPTIONS"} else b"{}",
            content_type="application/json",
            headers={} if route in PUBLIC else {"Authorization": f"Bearer {token}"},
        )
        control = parts(answer.get("Cache-Control", ""))
        is_private = "no-store" in control or "private" in control
        if not is_private or "public" in control or not parts(answer.get("Vary", "")) >= DEPENDS_ON:
            wrong.append(f"{method}: {answer.get('Cache-Control')}; {answer.get('Vary')}")

    assert wrong == []


def signed_in() -> Client:
    client = Client()
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    return client


@pytest.mark.parametrize("page", ["/", "/admin/"])
def test_a_page_for_who_is_signed_in_is_theirs(page: str) -> None:
    answer: Any = signed_in().get(page)

    assert "cookie" in parts(answer.get("Vary", ""))
    assert "public" not in answer.get("Cache-Control", "")
