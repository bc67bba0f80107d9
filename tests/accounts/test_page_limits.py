"""What the pages that lead to an account refuse: too much, too often, from elsewhere, unreadable."""

import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import redis
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import hashers, page_limits
from accounts.models import Attempts, User
from tests.accounts.test_passwords import taken_by_another
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db
MOST = int(page_limits.RATE.split("/")[0])
NEW = "eight green herons"
FORMS = {
    "/login": {"email": "a@lab.example", "password": "x"},
    "/register": {"email": "a@lab.example", "full_name": "x", "password": "x"},
    "/password/reset": {"email": "a@lab.example"},
    "/password/reset/confirm": {"uid": "x", "token": "x", "new_password": "x", "repeated": "x"},
    "/email/verify": {"key": "x"},
    "/email/verify/resend": {"email": "a@lab.example"},
}
STAFF = {"/admin/login/": {"username": "a@lab.example", "password": "x"}}
URLENCODED = "application/x-www-form-urlencoded"


class Clock:
    """The clock of django-ratelimit, far from the end of a window until it is moved."""

    def __init__(self) -> None:
        self.moment = 1_800_000_000.0

    def time(self) -> float:
        return self.moment


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch, valkey: redis.Redis) -> Clock:
    made = Clock()
    monkeypatch.setattr("django_ratelimit.core.time", SimpleNamespace(time=made.time))
    return made


@pytest.fixture
def browser() -> Client:
    return Client()


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let another thread hash, and nobody wait."""
    small = hashers.Counter(at_once=1, waiting=0)
    monkeypatch.setattr("accounts.hashers.counter", small)
    with taken_by_another(small):
        yield


def send(browser: Client, number: int, **environ: str) -> set[int]:
    return {
        browser.post("/email/verify", {"key": "x"}, **environ).status_code for _ in range(number)
    }


@pytest.mark.parametrize("path", FORMS | STAFF)
def test_an_address_that_sent_too_many_forms_is_told_how_long_to_wait(
    browser: Client, path: str
) -> None:
    assert send(browser, MOST) == {400}

    refused = browser.post(path, (FORMS | STAFF)[path])

    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 300
    assert "no-store" in refused["Cache-Control"]
    assert "Too many forms came from your address" in refused.content.decode()
    assert browser.get(path).status_code == 200


def test_the_forms_are_open_again_when_the_window_is_over(browser: Client, clock: Clock) -> None:
    send(browser, MOST)
    assert send(browser, 1) == {429}

    clock.moment += 301

    assert send(browser, MOST) == {400}


def test_another_address_has_forms_of_its_own(browser: Client) -> None:
    send(browser, MOST, REMOTE_ADDR="198.51.100.1")

    assert send(browser, 1, REMOTE_ADDR="198.51.100.1") == {429}
    assert send(browser, 1, REMOTE_ADDR="198.51.100.2") == {400}


def test_a_network_of_the_newer_kind_is_one_address(browser: Client) -> None:
    for number in range(MOST):
        send(browser, 1, REMOTE_ADDR=f"2001:db8:1:2::{number + 1:x}")

    assert send(browser, 1, REMOTE_ADDR="2001:db8:1:2:ffff::1") == {429}
    assert send(browser, 1, REMOTE_ADDR="2001:db8:1:3::1") == {400}


def test_a_forged_header_is_no_way_around(browser: Client) -> None:
    for number in range(MOST):
        send(browser, 1, HTTP_X_FORWARDED_FOR=f"203.0.113.{number}")

    assert send(browser, 1, HTTP_X_FORWARDED_FOR="203.0.113.250") == {429}


def test_behind_a_unix_socket_there_is_no_address_and_the_forms_work(browser: Client) -> None:
    assert send(browser, 1, REMOTE_ADDR="") == {400}


def test_a_refused_sign_in_is_no_guess(browser: Client, user: User) -> None:
    send(browser, MOST)

    refused = browser.post("/login", {"email": user.email, "password": PASSWORD})

    assert refused.status_code == 429
    assert not Attempts.objects.exists()


@pytest.mark.allow_hosts(["127.0.0.1"])
@pytest.mark.parametrize("away", ["unix:///nowhere/valkey.sock", "redis://127.0.0.1:1/0"])
def test_without_valkey_the_forms_work_and_nothing_is_counted(
    browser: Client, user: User, settings: Any, away: str
) -> None:
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": away}}

    assert send(browser, MOST + 5) == {400}

    sent = {"username": user.email, "password": PASSWORD}
    assert browser.post("/admin/login/", sent).status_code == 200
    sent = {"email": user.email, "password": PASSWORD}
    assert browser.post("/login", sent).status_code == 302


@pytest.mark.usefixtures("full")
@pytest.mark.parametrize("path", ["/login", "/register", "/admin/login/"])
def test_when_too_many_passwords_are_hashed_the_page_says_to_wait(
    browser: Client, user: User, path: str
) -> None:
    sent = {"email": user.email, "username": user.email, "password": PASSWORD}

    page = browser.post(path, sent)

    assert page.status_code == 503
    assert 2 <= int(page["Retry-After"]) <= 6
    assert "Too many people are signing in" in page.content.decode()
    assert "sessionid" not in browser.cookies


@pytest.mark.parametrize("path", FORMS | STAFF)
def test_a_form_from_elsewhere_is_refused(path: str) -> None:
    browser = Client(enforce_csrf_checks=True)

    assert browser.post(path, (FORMS | STAFF)[path]).status_code == 403


@pytest.mark.parametrize("path", ["/logout", "/account", "/account/sessions/end"])
def test_nobody_else_sends_the_forms_of_who_is_signed_in(path: str, user: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(user)
    sent = {"current_password": PASSWORD, "new_password": NEW, "repeated": NEW}

    answer = browser.post(path, sent)

    user.refresh_from_db()
    assert answer.status_code == 403
    assert user.check_password(PASSWORD)
    assert browser.get("/account").status_code == 200


@pytest.mark.parametrize("path", FORMS)
def test_no_page_with_a_form_is_kept_or_runs_a_script(browser: Client, path: str) -> None:
    page = browser.get(path)

    assert page.status_code == 200
    assert "no-store" in page["Cache-Control"]
    assert not re.findall(r"<script(?![^>]*\bsrc=)|\sstyle=|\son\w+=", page.content.decode())


@pytest.mark.parametrize("path", FORMS)
def test_every_field_has_a_label(browser: Client, path: str) -> None:
    page = browser.get(path).content.decode()

    fields = re.findall(r'<input type="(?!hidden)[^>]*id="(\w+)"', page)
    assert all(f'for="{field}"' in page for field in fields)


@pytest.mark.parametrize("path", FORMS | STAFF)
@pytest.mark.parametrize("rubbish", ["\0", "x" * 200_000, "\x1b[31m", "\u202e", "\ufdfa" * 128])
def test_whatever_is_written_into_a_form_is_no_fault_of_ours(
    browser: Client, path: str, rubbish: str
) -> None:
    form = (FORMS | STAFF)[path]
    for field in form:
        answer = browser.post(path, form | {field: rubbish})

        assert answer.status_code in {200, 400}


@pytest.mark.parametrize("path", FORMS | STAFF)
@pytest.mark.parametrize(
    ("content_type", "value"),
    [
        (URLENCODED, b"%ED%A0%80"),
        (URLENCODED, b"\xed\xa0\x80%00"),
        (f"{URLENCODED}; charset=utf-16", b"x"),
        ("application/json", b"{}"),
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=x", b"--x"),
    ],
)
def test_a_body_that_no_browser_sends_is_no_fault_of_ours(
    browser: Client, path: str, content_type: str, value: bytes
) -> None:
    body = b"&".join(field.encode() + b"=" + value for field in (FORMS | STAFF)[path])

    answer = browser.post(path, body, content_type=content_type)

    assert answer.status_code in {200, 400}


@given(
    text=st.text(st.characters(codec="utf-8"), max_size=300),
    path=st.sampled_from([*FORMS, *STAFF]),
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_in_any_field_is_answered(clock: Clock, text: str, path: str) -> None:
    clock.moment += 301  # a window of its own for each
    form = (FORMS | STAFF)[path]

    answer = Client().post(path, dict.fromkeys(form, text))

    assert answer.status_code in {200, 400, 429}


@pytest.mark.parametrize("path", ["/login", "/register", "/admin/login/"])
def test_what_is_longer_than_any_password_is_not_hashed(
    browser: Client, user: User, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("accounts.hashers.Argon2id.verify", None)
    monkeypatch.setattr("accounts.hashers.Argon2id.encode", None)
    sent = {"email": user.email, "username": user.email}

    statuses = [
        browser.post(path, sent | {"password": "x" * length}).status_code
        for length in (129, 1_000_000, 1_100_000)
    ]

    assert statuses == [200, 200, 413]
    assert not Attempts.objects.exists()


@pytest.mark.parametrize("path", ["/login", "/register", "/password/reset"])
def test_what_is_longer_than_any_address_is_refused(browser: Client, path: str) -> None:
    page = browser.post(path, FORMS[path] | {"email": f"{'x' * 243}@lab.example"})

    assert "at most 254 characters" in page.content.decode()


def test_somebody_without_a_role_is_told_so_by_the_staffs_sign_in(
    browser: Client, user: User
) -> None:
    page = browser.post("/admin/login/", {"username": user.email, "password": PASSWORD})

    assert page.status_code == 200
    assert "staff account" in page.content.decode()
    assert "sessionid" not in browser.cookies


def test_somebody_without_a_role_is_not_led_in_circles(browser: Client, user: User) -> None:
    browser.force_login(user)

    page = browser.get("/admin/", follow=True)

    assert page.redirect_chain == [("/admin/login/?next=/admin/", 302)]
    assert page.status_code == 200


def test_staff_must_have_verified_their_address_too(browser: Client, settings: Any) -> None:
    settings.EMAIL_VERIFICATION = "required"
    admin = User.objects.create_superuser("root@example.org", PASSWORD)
    User.objects.filter(pk=admin.pk).update(email_verified=False)

    page = browser.post("/admin/login/", {"username": admin.email, "password": PASSWORD})

    assert page.status_code == 403
    assert "sessionid" not in browser.cookies


def test_staff_change_their_password_where_everybody_does(browser: Client) -> None:
    admin = User.objects.create_superuser("root@example.org", PASSWORD)
    browser.force_login(admin)
    sent = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}

    answer = browser.post("/admin/password_change/", sent)

    admin.refresh_from_db()
    assert (answer.status_code, answer["Location"]) == (302, "/account")
    assert admin.check_password(PASSWORD)


def test_the_staffs_sign_in_leads_nowhere_else(browser: Client) -> None:
    admin = User.objects.create_superuser("root@example.org", PASSWORD)
    sent = {"username": admin.email, "password": PASSWORD, "next": "https://evil.example/"}

    assert browser.post("/admin/login/", sent)["Location"] == "/"
