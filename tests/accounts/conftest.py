from collections.abc import Iterator
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from accounts.oauth_adapter import GitHubCalls, GoogleCalls
from tests.factories import PASSWORD, UserFactory
from tests.fakes.providers import CLIENT_ID, CLIENT_SECRET, Provider, serve

GOOGLE = "allauth.socialaccount.providers.google.views"


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


@pytest.fixture
def provider(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """Return GitHub and Google, both on loopback, with which our site is registered."""
    with serve() as provider:
        app = {"client_id": CLIENT_ID, "secret": CLIENT_SECRET}
        settings.SOCIALACCOUNT_PROVIDERS = {
            name: {"APPS": [app], "OAUTH_PKCE_ENABLED": True} for name in ("github", "google")
        }
        settings.SOCIALACCOUNT_REQUESTS_TIMEOUT = 10
        settings.SITE_URL = "http://testserver"
        github = {
            "authorize_url": "/github/login/oauth/authorize",
            "access_token_url": "/github/login/oauth/access_token",
            "profile_url": "/github/api/v3/user",
            "emails_url": "/github/api/v3/user/emails",
        }
        google = {"authorize_url": "/auth", "access_token_url": "/token", "identity_url": "/me"}
        for calls, paths in ((GitHubCalls, github), (GoogleCalls, google)):
            for name, path in paths.items():
                monkeypatch.setattr(calls, name, provider.url + path)
        monkeypatch.setattr(f"{GOOGLE}.ID_TOKEN_ISSUER", provider.url)
        yield provider
