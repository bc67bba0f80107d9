"""Signing in by a provider's code, over the API."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.db import connection
from rest_framework.test import APIClient

from accounts.models import Action, AuditEntry, Mail, MailKind, User
from tests.accounts.calls import is_signed_in, post
from tests.factories import PASSWORD, UserFactory
from tests.fakes.providers import Person, Provider

pytestmark = [pytest.mark.django_db, pytest.mark.allow_hosts(["127.0.0.1"])]
VERIFIER = "v" * 43
REDIRECT = "http://127.0.0.1:5173/callback"
BOTH = pytest.mark.parametrize("name", ["github", "google"])


def exchange(provider: Provider, name: str = "github", **changed: object) -> Any:
    code = provider.grant(redirect_uri=REDIRECT, verifier=VERIFIER)
    sent = {"code": code, "redirect_uri": REDIRECT, "code_verifier": VERIFIER}
    return post(APIClient(), f"oauth/{name}", sent | changed)


def test_providers_that_are_configured_are_listed(provider: Provider, client: APIClient) -> None:
    listed = client.get("/api/v2/auth/oauth/providers").json()

    assert listed == [
        {
            "id": "github",
            "name": "GitHub",
            "login_url": "http://testserver/accounts/github/login/",
        },
        {
            "id": "google",
            "name": "Google",
            "login_url": "http://testserver/accounts/google/login/",
        },
    ]


def test_without_any_the_list_is_empty_and_none_can_be_used(client: APIClient) -> None:
    sent = {"code": "x", "redirect_uri": REDIRECT, "code_verifier": VERIFIER}

    assert client.get("/api/v2/auth/oauth/providers").json() == []
    for name in ("github", "google", "facebook", "é"):
        assert post(client, f"oauth/{name}", sent).status_code == 404
        assert client.get(f"/accounts/{name}/login/").status_code == 404


@BOTH
def test_somebody_new_gets_an_account_and_is_signed_in(provider: Provider, name: str) -> None:
    answer = exchange(provider, name)

    body, user = answer.json(), User.objects.get()
    assert answer.status_code == 200
    assert body.keys() == {"access", "refresh", "token_type", "expires_in", "user"}
    assert body["user"]["email"] == "ada@example.org"
    assert is_signed_in(APIClient(), body["access"])
    assert (user.full_name, user.email_verified) == ("Ada Lovelace", True)
    assert not user.has_usable_password()
    assert not user.is_staff


@BOTH
def test_who_comes_again_is_the_same_whatever_their_address_is_now(
    provider: Provider, name: str
) -> None:
    first = exchange(provider, name).json()["user"]["id"]
    UserFactory(email="grace@example.org", email_verified=True)
    provider.person = Person(email="grace@example.org")

    assert exchange(provider, name).json()["user"]["id"] == first
    provider.person = Person(email="new@example.org", verified=False)
    assert exchange(provider, name).json()["user"]["id"] == first


def test_the_same_id_at_another_provider_is_somebody_else(provider: Provider) -> None:
    first = exchange(provider, "github").json()["user"]["id"]
    provider.person = Person(email="other@example.org")

    assert exchange(provider, "google").json()["user"]["id"] != first


def test_an_account_is_linked_when_both_sides_verified_the_address(provider: Provider) -> None:
    user = UserFactory.create(email="ada@example.org", email_verified=True)

    answer = exchange(provider)

    assert answer.json()["user"]["id"] == str(user.pk)
    assert SocialAccount.objects.get().user == user
    assert Mail.objects.get().kind == MailKind.PROVIDER_LINKED
    assert AuditEntry.objects.filter(action=Action.PROVIDER_LINKED, subject=user.audit_id).exists()
    assert user.check_password(PASSWORD)


def test_an_account_whose_address_nobody_proved_is_not_linked(provider: Provider) -> None:
    """Else whoever registered a victim's address first would share the victim's account."""
    UserFactory(email="ada@example.org", email_verified=False)

    answer = exchange(provider)

    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert not SocialAccount.objects.exists()


@pytest.mark.parametrize(
    "email", ["ada@example.org", "ADA@example.org", "ada@EXAMPLE.ORG", "\uff41da@example.org"]
)
@BOTH
def test_an_address_that_the_provider_did_not_verify_opens_nothing(
    provider: Provider, name: str, email: str
) -> None:
    UserFactory(email="ada@example.org", email_verified=True)
    provider.person = Person(email=email, verified=False)

    answer = exchange(provider, name)

    assert (answer.status_code, answer.json()["code"]) == (403, "email_unverified")
    assert not SocialAccount.objects.exists()
    assert User.objects.count() == 1


@pytest.mark.parametrize("email", ["nobody", "", "a" * 250 + "@example.org", "a\0@example.org"])
def test_what_is_no_address_makes_no_account(provider: Provider, email: str) -> None:
    provider.person = Person(email=email)

    assert exchange(provider).status_code == 403
    assert not User.objects.exists()


def test_a_disabled_account_stays_closed(provider: Provider) -> None:
    exchange(provider)
    User.objects.update(is_active=False)

    again = exchange(provider)
    SocialAccount.objects.all().delete()

    assert (again.status_code, again.json()["code"]) == (401, "invalid_credentials")
    assert exchange(provider).status_code == 401


def test_such_an_account_opens_to_no_password(provider: Provider, client: APIClient) -> None:
    exchange(provider)

    for password in ("!", "seven purple otters"):
        sent = {"email": "ada@example.org", "password": password}
        assert post(client, "login", sent).status_code == 401


@BOTH
def test_a_code_works_once(provider: Provider, name: str) -> None:
    code = provider.grant(redirect_uri=REDIRECT, verifier=VERIFIER)

    statuses = [exchange(provider, name, code=code).status_code for _ in range(2)]

    assert statuses == [200, 401]


@BOTH
@pytest.mark.parametrize(
    "changed",
    [
        {"code": "rubbish"},
        {"code_verifier": "w" * 43},
        {"redirect_uri": "https://evil.example/callback"},
    ],
)
def test_a_code_that_does_not_fit_is_refused(
    provider: Provider, name: str, changed: dict[str, object]
) -> None:
    answer = exchange(provider, name, **changed)

    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_credentials")
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"code": ""}, "code"),
        ({"code": "x" * 2001}, "code"),
        ({"code": None}, "code"),
        ({"code": "a\0b"}, "code"),
        ({"code_verifier": "v" * 42}, "code_verifier"),
        ({"code_verifier": "v" * 129}, "code_verifier"),
        ({"code_verifier": "é" * 43}, "code_verifier"),
        ({"redirect_uri": "/callback"}, "redirect_uri"),
        ({"redirect_uri": "javascript:alert(1)"}, "redirect_uri"),
        ({"redirect_uri": "http://a/#fragment"}, "redirect_uri"),
        ({"redirect_uri": "http://[::1"}, "redirect_uri"),
    ],
)
def test_what_will_not_do_is_named_before_the_provider_is_asked(
    provider: Provider, changed: dict[str, object], field: str
) -> None:
    answer = exchange(provider, **changed)

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]
    assert provider.asked == []


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another-client"},
        {"iss": "https://evil.example"},
        {"exp": 1},
        {"sub": None},
        {"sub": ["583231"]},
        {"sub": ""},
    ],
)
def test_what_google_says_of_somebody_must_be_for_us_and_make_sense(
    provider: Provider, claims: dict[str, object]
) -> None:
    provider.claims = claims

    answer = exchange(provider, "google")

    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_credentials")
    assert not User.objects.exists()


JSON, HTML = "application/json", "text/html"
GITHUB = "/github/login/oauth/access_token"
PROFILE = "/github/api/v3/user"


@pytest.mark.parametrize("path", [GITHUB, PROFILE, f"{PROFILE}/emails"])
@pytest.mark.parametrize(
    "said",
    [
        (500, JSON, b"{}"),
        (503, HTML, b"<html>down</html>"),
        (429, JSON, b"{}"),
        (200, HTML, b"<html>captcha</html>"),
        (200, JSON, b""),
        (200, JSON, b"null"),
        (200, JSON, b"[1]"),
        (200, JSON, b"{"),
        (200, JSON, b"\xff\xfe"),
        (200, JSON, b"[" * 100_000),
        (200, JSON, b'{"access_token": 5, "id": [], "name": {}}'),
        (200, JSON, b'[{"email": 5, "primary": "x", "verified": 1}]'),
        (200, JSON, b"[{}]"),
        (200, JSON, b"x" * 1_000_000),
        (302, JSON, b"{}"),
    ],
    ids=lambda said: f"{said[0]} {said[2][:12]!r}",
)
def test_whatever_a_provider_says_is_no_fault_of_ours(
    provider: Provider, path: str, said: tuple[int, str, bytes]
) -> None:
    provider.said[path] = said

    answer = exchange(provider)

    assert answer.status_code in {401, 403, 503}
    assert answer["Content-Type"] == "application/problem+json"
    assert not User.objects.exists()


def test_a_provider_that_is_silent_is_unavailable(provider: Provider, settings: Any) -> None:
    settings.SOCIALACCOUNT_REQUESTS_TIMEOUT = 0.3
    provider.slow = 1.0

    answer = exchange(provider)

    assert (answer.status_code, answer.json()["code"]) == (503, "upstream_unavailable")
    assert int(answer["Retry-After"]) > 0


def test_nothing_of_the_providers_is_kept_but_who_it_is(provider: Provider) -> None:
    exchange(provider)

    kept = SocialAccount.objects.get()
    assert (kept.provider, kept.uid, kept.extra_data) == ("github", "583231", {})
    assert not SocialToken.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_somebody_new_who_comes_twice_at_once_gets_one_account(provider: Provider) -> None:
    def one(_: int) -> int:
        try:
            return int(exchange(provider).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        statuses = set(pool.map(one, range(6)))

    assert statuses == {200}
    assert User.objects.count() == SocialAccount.objects.count() == 1
