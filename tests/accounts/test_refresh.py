"""Staying signed in."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Session, User
from accounts.services import sessions
from tests.accounts.calls import is_signed_in, post

pytestmark = pytest.mark.django_db


def test_refreshing_gives_new_tokens(client: APIClient, signed_in: dict[str, Any]) -> None:
    answer = post(client, "refresh", {"refresh": signed_in["refresh"]})

    assert answer.status_code == 200
    assert set(answer.json()) == {"access", "refresh", "token_type", "expires_in"}
    assert answer.json()["refresh"] != signed_in["refresh"]
    assert is_signed_in(client, answer.json()["access"])


def test_a_chain_of_refreshes_goes_on(client: APIClient, signed_in: dict[str, Any]) -> None:
    token = signed_in["refresh"]

    for _ in range(5):
        answer = post(client, "refresh", {"refresh": token})
        token = answer.json()["refresh"]

    assert answer.status_code == 200


def test_a_lost_answer_is_repeated_for_ten_seconds(signed_in: dict[str, Any]) -> None:
    now = timezone.now()
    first = sessions.refresh(token=signed_in["refresh"], at=now)

    again = sessions.refresh(token=signed_in["refresh"], at=now + timedelta(seconds=10))

    assert again.refresh == first.refresh


def test_a_spent_token_that_comes_late_ends_the_session(
    client: APIClient, signed_in: dict[str, Any]
) -> None:
    now = timezone.now()
    fresh = sessions.refresh(token=signed_in["refresh"], at=now)

    with pytest.raises(sessions.TokenInvalid):
        sessions.refresh(token=signed_in["refresh"], at=now + timedelta(seconds=10.1))

    with pytest.raises(sessions.TokenInvalid):
        sessions.refresh(token=fresh.refresh, at=now + timedelta(seconds=10.2))
    assert not is_signed_in(client, fresh.access)


def test_a_token_spent_two_rotations_ago_ends_the_session_at_once(
    client: APIClient, signed_in: dict[str, Any]
) -> None:
    second = post(client, "refresh", {"refresh": signed_in["refresh"]}).json()
    third = post(client, "refresh", {"refresh": second["refresh"]}).json()

    answer = post(client, "refresh", {"refresh": signed_in["refresh"]})

    assert answer.status_code == 401
    assert not is_signed_in(client, third["access"])


def test_a_session_ends_after_thirty_days_however_often_it_is_refreshed(
    signed_in: dict[str, Any],
) -> None:
    now = timezone.now()
    day_29 = sessions.refresh(token=signed_in["refresh"], at=now + timedelta(days=29))

    with pytest.raises(sessions.TokenInvalid):
        sessions.refresh(token=day_29.refresh, at=now + timedelta(days=30, seconds=1))


@pytest.mark.parametrize(
    "change", [{"is_active": False}, {"token_version": 1}], ids=["disabled", "all sessions ended"]
)
def test_a_user_who_is_out_cannot_refresh(
    client: APIClient, user: User, signed_in: dict[str, Any], change: dict[str, Any]
) -> None:
    User.objects.filter(pk=user.pk).update(**change)

    answer = post(client, "refresh", {"refresh": signed_in["refresh"]})

    assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid")


@pytest.mark.parametrize("token", ["", "x", "é", "x" * 86, "A" * 86, "x" * 1001, "a.b.c"])
def test_a_made_up_refresh_token_is_refused(client: APIClient, db: None, token: str) -> None:
    answer = post(client, "refresh", {"refresh": token})

    assert answer.status_code in {400, 401}


def test_an_access_token_refreshes_nothing(client: APIClient, signed_in: dict[str, Any]) -> None:
    answer = post(client, "refresh", {"refresh": signed_in["access"]})

    assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid")


def test_the_refresh_token_of_a_deleted_user_is_refused(
    client: APIClient, user: User, signed_in: dict[str, Any]
) -> None:
    user.delete()

    assert post(client, "refresh", {"refresh": signed_in["refresh"]}).status_code == 401


def test_no_token_lies_in_the_database(signed_in: dict[str, Any]) -> None:
    row = str(Session.objects.values().get())

    assert signed_in["refresh"] not in row
    assert signed_in["access"] not in row
