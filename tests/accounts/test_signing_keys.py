"""Changing the key that signs access tokens, without signing anybody out."""

from typing import Any

import jwt
import pytest
from rest_framework.test import APIClient

from tests.accounts.calls import is_signed_in
from tests.factories import UserFactory, access_token

pytestmark = pytest.mark.django_db
OLD, NEW = "old-" * 12, "new-" * 12


def test_the_highest_key_signs_and_a_token_names_its_key(settings: Any) -> None:
    settings.JWT_SIGNING_KEYS = {"9": OLD, "10": NEW}

    token = access_token(UserFactory())

    assert jwt.get_unverified_header(token)["kid"] == "10"
    assert jwt.decode(token, NEW, algorithms=["HS256"], audience="omicsoracle-api")


def test_tokens_of_the_old_key_work_until_it_goes(settings: Any) -> None:
    client = APIClient()
    settings.JWT_SIGNING_KEYS = {"1": OLD}
    token = access_token(UserFactory())

    settings.JWT_SIGNING_KEYS = {"1": OLD, "2": NEW}
    with_both = is_signed_in(client, token)
    settings.JWT_SIGNING_KEYS = {"2": NEW}

    assert with_both
    assert not is_signed_in(client, token)
