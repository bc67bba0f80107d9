"""Signing in by a provider, in a browser."""

from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.sessions.models import Session as BrowserCookie
from django.test import Client

from accounts.models import Session, User
from tests.factories import UserFactory
from tests.fakes.providers import Person, Provider

pytestmark = [pytest.mark.django_db, pytest.mark.allow_hosts(["127.0.0.1"])]
BOTH = pytest.mark.parametrize("name", ["github", "google"])


def leave(browser: Client, name: str = "github", **query: str) -> dict[str, str]:
    """Leave for the provider; return what it is asked for."""
    answer = browser.post(f"/accounts/{name}/login/?{urlencode(query)}")
    assert answer.status_code == 302
    return dict(parse_qsl(urlsplit(answer["Location"]).query))


def come_back(browser: Client, provider: Provider, asked: dict[str, str], **changed: str) -> Any:
    back = urlsplit(provider.authorize(asked))
    query = dict(parse_qsl(back.query)) | changed
    return browser.get(f"{back.path}?{urlencode({k: v for k, v in query.items() if v})}")


@BOTH
def test_a_browser_that_comes_back_is_signed_in(provider: Provider, name: str) -> None:
    browser = Client()

    answer = come_back(browser, provider, leave(browser, name))

    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert "ada@example.org" in browser.get("/account").content.decode()
    assert Session.objects.get().is_browser
    assert SocialAccount.objects.get().provider == name


@BOTH
def test_a_browser_leaves_with_a_state_and_a_challenge(provider: Provider, name: str) -> None:
    asked = leave(Client(), name)

    assert asked["redirect_uri"] == f"http://testserver/accounts/{name}/login/callback/"
    assert len(asked["state"]) >= 16
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["code_challenge"]) == 43


def test_a_link_asks_first(provider: Provider) -> None:
    page = Client().get("/accounts/github/login/")

    assert page.status_code == 200
    assert "Go on to GitHub" in page.content.decode()


def test_leaving_takes_the_csrf_token(provider: Provider) -> None:
    browser = Client(enforce_csrf_checks=True)

    assert browser.post("/accounts/github/login/").status_code == 403


def test_the_page_lets_its_form_lead_to_the_provider_and_nowhere_else(provider: Provider) -> None:
    policy = Client().get("/accounts/github/login/")["Content-Security-Policy"]

    (allowed,) = [one for one in policy.split("; ") if one.startswith("form-action")]
    assert set(allowed.split()) <= {"form-action", "'self'", provider.url}


def test_both_doors_lead_to_the_same_account(provider: Provider) -> None:
    user = UserFactory.create(email="ada@example.org", email_verified=True)
    browser = Client()

    come_back(browser, provider, leave(browser))

    assert SocialAccount.objects.get().user == user
    assert User.objects.count() == 1


@pytest.mark.parametrize("state", ["", "made-up", "s" * 16])
def test_without_the_state_that_one_left_with_nobody_signs_in(
    provider: Provider, state: str
) -> None:
    browser = Client()

    answer = come_back(browser, provider, leave(browser), state=state)

    assert 400 <= answer.status_code < 500
    assert not Session.objects.exists()


def test_the_state_of_another_browser_signs_nobody_in(provider: Provider) -> None:
    attacker, victim = Client(), Client()
    asked = leave(attacker)
    leave(victim)

    answer = come_back(victim, provider, asked)

    assert 400 <= answer.status_code < 500
    assert not Session.objects.exists()


def test_a_state_works_once(provider: Provider) -> None:
    browser = Client()
    asked = leave(browser)
    come_back(browser, provider, asked)
    browser.post("/logout")

    again = come_back(browser, provider, asked)

    assert 400 <= again.status_code < 500
    assert browser.get("/account").status_code == 302


def test_a_state_lives_ten_minutes(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = Client()
    asked = leave(browser)
    monkeypatch.setattr("allauth.socialaccount.internal.statekit.STATE_TTL", -1)

    assert 400 <= come_back(browser, provider, asked).status_code < 500


def test_a_code_of_another_sign_in_does_not_fit_the_challenge(provider: Provider) -> None:
    """An attacker who plants their own code in a victim's browser."""
    attacker, victim = Client(), Client()
    stolen = parse_qs(urlsplit(provider.authorize(leave(attacker))).query)["code"][0]

    answer = come_back(victim, provider, leave(victim), code=stolen)

    assert answer.status_code == 401
    assert not Session.objects.exists()


def test_the_cookie_changes_when_one_signs_in(provider: Provider) -> None:
    browser = Client()
    asked = leave(browser)
    before = browser.cookies["sessionid"].value

    come_back(browser, provider, asked)

    assert browser.cookies["sessionid"].value != before
    assert not BrowserCookie.objects.filter(pk=before).exists()


def test_who_was_signed_in_as_somebody_else_is_not_any_more(provider: Provider) -> None:
    browser, other = Client(), UserFactory.create(email="grace@example.org")
    browser.force_login(other)

    come_back(browser, provider, leave(browser))

    assert "ada@example.org" in browser.get("/account").content.decode()
    assert not SocialAccount.objects.filter(user=other).exists()
    assert Session.objects.get(user=other).ended_at is not None


@pytest.mark.parametrize("process", ["connect", "redirect", "reauthenticate"])
def test_no_link_connects_a_strangers_identity_to_ones_account(
    provider: Provider, process: str
) -> None:
    browser, victim = Client(), UserFactory.create(email="grace@example.org")
    browser.force_login(victim)

    come_back(browser, provider, leave(browser, process=process))

    assert not SocialAccount.objects.filter(user=victim).exists()


@pytest.mark.parametrize(
    ("wanted", "led_to"),
    [
        ("/account", "/account"),
        ("https://evil.example/", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("http://testserver.evil.example/", "/"),
        ("/" + "a" * 3000, "/"),
    ],
)
def test_one_is_led_to_pages_of_ours_only(provider: Provider, wanted: str, led_to: str) -> None:
    browser = Client()

    answer = come_back(browser, provider, leave(browser, next=wanted))

    assert answer["Location"] == led_to


@pytest.mark.parametrize("error", ["access_denied", "server_error", "<script>"])
def test_who_changes_their_mind_gets_a_page_that_says_so(provider: Provider, error: str) -> None:
    browser = Client()
    asked = leave(browser)

    answer = browser.get(
        "/accounts/github/login/callback/", {"error": error, "state": asked["state"]}
    )

    assert 400 <= answer.status_code < 500
    assert "<script>" not in answer.content.decode()
    assert not Session.objects.exists()


@pytest.mark.parametrize(
    ("person", "known", "status"),
    [
        (Person(verified=False), {}, 403),
        (Person(), {"email": "ada@example.org"}, 409),
        (Person(), {"email": "ada@example.org", "email_verified": True, "is_active": False}, 401),
    ],
)
def test_what_the_api_refuses_a_browser_is_refused_too(
    provider: Provider, person: Person, known: dict[str, object], status: int
) -> None:
    if known:
        UserFactory(**known)
    provider.person = person
    browser = Client()

    page = come_back(browser, provider, leave(browser))

    assert page.status_code == status
    assert not Session.objects.exists()
    assert not SocialAccount.objects.exists()


def test_a_provider_that_is_down_is_said_to_be_down(provider: Provider) -> None:
    browser = Client()
    asked = leave(browser)
    provider.said["/github/api/v3/user"] = (502, "text/html", b"bad gateway")

    page = come_back(browser, provider, asked)

    assert page.status_code == 503
    assert int(page["Retry-After"]) > 0


def test_the_sign_in_page_offers_the_providers(provider: Provider) -> None:
    page = Client().get("/login?next=/account").content.decode()

    assert 'href="/accounts/github/login/?next=/account"' in page
    assert "Sign in with Google" in page
