"""API keys on pages: the text is shown once, and kept nowhere."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session as Cookie
from django.test import Client
from django.utils import timezone

from accounts.models import ApiKey, AuditEntry, User
from history.models import QueryHistory
from tests.factories import ApiKeyFactory, UserFactory
from tests.omicsoracle.pages.own.conftest import ESCAPED, HOSTILE, browser_of

pytestmark = pytest.mark.django_db
FORM = {"name": "laptop", "scopes": "read", "days": "30"}
AGENTS = "/api/v2/agents"


def make(browser: Client, **changed: str) -> Any:
    return browser.post("/keys", FORM | changed)


def text_in(page: Any) -> str:
    text: str = page.context["made"]["key"]
    assert page.text.count(text) == 2  # itself, and in the command that tries it
    return text


def test_a_key_stands_in_the_answer_to_its_form_and_nowhere_else(browser: Client) -> None:
    page = make(browser)

    text = text_in(page)
    assert page.status_code == 201
    assert "no-store" in page["Cache-Control"]
    assert "location" not in page.headers
    assert Client().get(AGENTS, headers={"X-API-Key": text}).status_code == 200
    kept: list[Any] = [one.get_decoded() for one in Cookie.objects.all()]
    kept += [*AuditEntry.objects.values(), *ApiKey.objects.values(), *QueryHistory.objects.values()]
    assert text not in str(kept)
    assert text not in browser.get("/keys").text
    assert text not in str(browser.cookies)


def test_the_key_is_as_it_was_asked_for(browser: Client) -> None:
    make(browser)

    made = ApiKey.objects.get()
    assert (made.name, made.scopes) == ("laptop", ["read"])
    assert made.expires_at is not None
    assert abs(made.expires_at - timezone.now() - timedelta(days=30)) < timedelta(minutes=1)


def test_the_same_form_again_as_a_reload_sends_it_makes_no_second_key(browser: Client) -> None:
    make(browser, once="a")

    again = browser.post("/keys", FORM | {"once": "a"}, follow=True)

    assert ApiKey.objects.count() == 1
    assert again.redirect_chain == [("/keys", 302)]
    assert "was shown then, once" in again.text


def test_a_form_that_was_refused_can_be_sent_again(browser: Client, user: User) -> None:
    keys = ApiKeyFactory.create_batch(10, user=user)

    refused = make(browser, once="a")
    keys[0].delete()
    made = make(browser, once="a")

    assert refused.status_code == 409
    assert "Revoke one first" in refused.text
    assert made.status_code == 201


def test_a_name_is_text(browser: Client, user: User) -> None:
    ApiKeyFactory.create(user=user, name=HOSTILE)

    page = browser.get("/keys").text

    assert ESCAPED in page
    assert "<script>alert" not in page


def test_a_rotated_key_works_on_as_long_as_was_chosen(browser: Client, user: User) -> None:
    old = ApiKeyFactory.create(user=user)
    path = f"/keys/{old.pk}/rotate"

    chosen, page = browser.get(path), browser.post(path, {"grace_seconds": "3600", "once": "b"})

    assert "In an hour" in chosen.text
    new = text_in(page)
    works = [
        Client().get(AGENTS, headers={"X-API-Key": one}).status_code for one in (old.text, new)
    ]
    assert works == [200, 200]
    assert browser.get("/keys").text.count("replaced") > 0
    assert browser.post(path, {"grace_seconds": "0"}).status_code == 409


def test_revoking_asks_first(browser: Client, user: User) -> None:
    key = ApiKeyFactory.create(user=user)
    path = f"/keys/{key.pk}/revoke"

    part = browser.get(path, headers={"HX-Request": "true"})
    before = Client().get(AGENTS, headers={"X-API-Key": key.text}).status_code
    page = browser.post(path, follow=True)

    assert "Yes, revoke it" in part.text
    assert "The key is revoked" in page.text
    assert (before, Client().get(AGENTS, headers={"X-API-Key": key.text}).status_code) == (200, 401)


def test_nobody_reaches_others_keys(user: User, limit: Callable[..., None]) -> None:
    key = ApiKeyFactory.create(user=user)
    other = browser_of(UserFactory.create())

    assert other.post(f"/keys/{key.pk}/revoke").status_code == 404
    assert other.post(f"/keys/{key.pk}/rotate", {"grace_seconds": "0"}).status_code == 404
    assert key.prefix not in other.get("/keys").text
