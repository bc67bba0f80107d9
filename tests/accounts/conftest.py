from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from tests.factories import PASSWORD, UserFactory


@pytest.fixture
def user(db: None) -> User:
    return UserFactory.create(email="ada@example.org", full_name="Ada")


@pytest.fixture
def client() -> APIClient:
    return APIClient(enforce_csrf_checks=True)


@pytest.fixture
def signed_in(user: User, client: APIClient) -> dict[str, Any]:
    """Return the answer to a sign-in."""
    sent = {"email": user.email, "password": PASSWORD}
    answer: dict[str, Any] = client.post("/api/v2/auth/login", sent, format="json").json()
    return answer
