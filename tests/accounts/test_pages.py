"""The pages that lead to an account, as a browser without JavaScript uses them."""

import re
from typing import Any

import pytest
import redis
from django.test import Client

from accounts import email_keys, password_tokens
from accounts.models import Mail, MailKind, Session, User
from tests.factories import PASSWORD, SessionFactory, UserFactory

pytestmark = pytest.mark.django_db
NEW = "eight green herons"


@pytest.fixture(autouse=True)
def _nothing_counted(valkey: redis.Redis) -> None:
    """Let each test send its own number of forms."""


@pytest.fixture
def browser() -> Client:
    return Client()


def sign_in(browser: Client, user: User, password: str = PASSWORD, **more: str) -> Any:
    return browser.post("/login", {"email": user.email, "password": password} | more)


def text_of(page: Any) -> str:
    """Return a page without what differs from one to the next."""
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page.content.decode())


def test_signing_in_leads_home_and_shows_who_one_is(browser: Client, user: User) -> None:
    answer = sign_in(browser, user)

    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert user.email in browser.get("/").content.decode()
    assert Session.objects.get().is_browser


def test_the_cookie_changes_when_one_signs_in(browser: Client, user: User) -> None:
    browser.force_login(UserFactory())
    browser.logout()
    browser.get("/login")
    session = browser.session
    session["planted"] = True
    session.save()
    planted = browser.cookies["sessionid"].value

    sign_in(browser, user)

    assert browser.cookies["sessionid"].value != planted


@pytest.mark.parametrize(
    ("wanted", "led_to"),
    [
        ("/account", "/account"),
        ("/docs?x=1", "/docs?x=1"),
        ("", "/"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("\\\\evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https:evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("http://testserver@evil.example/", "/"),
    ],
)
def test_one_is_led_to_pages_of_ours_only(
    browser: Client, user: User, wanted: str, led_to: str
) -> None:
    assert sign_in(browser, user, next=wanted)["Location"] == led_to
    assert browser.get("/login", {"next": wanted})["Location"] == led_to


def test_a_wrong_password_and_an_unknown_address_look_the_same(browser: Client, user: User) -> None:
    pages = [
        browser.post("/login", {"email": email, "password": "six purple otters"})
        for email in (user.email, "nobody@lab.example")
    ]

    shown = [
        text_of(page).replace(user.email, "").replace("nobody@lab.example", "") for page in pages
    ]
    assert [page.status_code for page in pages] == [200, 200]
    assert shown[0] == shown[1]
    assert "do not fit" in shown[0]


def test_a_throttled_sign_in_says_how_long_to_wait(browser: Client, user: User) -> None:
    for _ in range(10):
        sign_in(browser, user, "six purple otters")

    refused = sign_in(browser, user)

    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 800
    assert "sessionid" not in browser.cookies


def test_who_must_verify_first_is_offered_another_mail(
    browser: Client, user: User, settings: Any
) -> None:
    settings.EMAIL_VERIFICATION = "required"

    refused = sign_in(browser, user)

    assert refused.status_code == 403
    assert "/email/verify/resend" in refused.content.decode()


def test_signing_out_takes_a_post_and_ends_the_session(browser: Client, user: User) -> None:
    sign_in(browser, user)

    by_get = browser.get("/logout").status_code
    browser.post("/logout")

    assert by_get == 405
    assert Session.objects.get().ended_at is not None
    assert browser.get("/account").status_code == 302


@pytest.mark.parametrize("email", ["new@lab.example", "ada@example.org"])
def test_registering_shows_the_same_page_for_any_address(
    browser: Client, user: User, email: str
) -> None:
    sent = {"email": email, "full_name": "Grace", "password": PASSWORD}

    page = browser.post("/register", sent)

    assert page.status_code == 200
    assert f"sent a mail to <b>{email}</b>" in page.content.decode()
    assert User.objects.filter(email=email).count() == 1


def test_a_weak_password_is_named_in_the_form(browser: Client) -> None:
    sent = {"email": "new@lab.example", "password": "password1234"}

    page = browser.post("/register", sent).content.decode()

    assert "too common" in page
    assert 'id="id_password_error"' in page
    assert not User.objects.exists()


@pytest.mark.parametrize("path", ["/password/reset", "/email/verify/resend"])
def test_asking_for_a_mail_shows_the_same_page_for_any_address(
    browser: Client, user: User, path: str
) -> None:
    pages = [browser.post(path, {"email": email}) for email in (user.email, "nobody@lab.example")]

    shown = [
        text_of(page).replace(user.email, "").replace("nobody@lab.example", "") for page in pages
    ]
    assert shown[0] == shown[1]
    assert Mail.objects.count() == 2


def test_a_link_sets_a_password(browser: Client, user: User) -> None:
    uid, token = password_tokens.parts_for(user)
    page = browser.get("/password/reset/confirm", {"uid": uid, "token": token})
    sent = {"uid": uid, "token": token, "new_password": NEW, "repeated": NEW}

    answer = browser.post("/password/reset/confirm", sent)

    assert page["Referrer-Policy"] == answer["Referrer-Policy"] == "no-referrer"
    assert (answer.status_code, answer["Location"]) == (302, "/login")
    assert sign_in(browser, user, NEW).status_code == 302


def test_a_spent_link_offers_another_mail(browser: Client, user: User) -> None:
    uid, token = password_tokens.parts_for(user)
    sent = {"uid": uid, "token": token, "new_password": NEW, "repeated": NEW}
    browser.post("/password/reset/confirm", sent)

    page = browser.post("/password/reset/confirm", sent)

    assert page.status_code == 400
    assert 'href="/password/reset"' in page.content.decode()


def test_two_passwords_that_differ_set_nothing(browser: Client, user: User) -> None:
    uid, token = password_tokens.parts_for(user)

    sent = {"uid": uid, "token": token, "new_password": NEW, "repeated": PASSWORD}
    page = browser.post("/password/reset/confirm", sent)

    user.refresh_from_db()
    assert "not the same" in page.content.decode()
    assert user.check_password(PASSWORD)


def test_looking_at_the_link_of_a_mail_proves_nothing_and_its_button_does(
    browser: Client, user: User
) -> None:
    key = email_keys.key_for(user)

    page = browser.get("/email/verify", {"key": key})
    user.refresh_from_db()
    was_verified = user.email_verified
    answer = browser.post("/email/verify", {"key": key})

    user.refresh_from_db()
    assert page["Referrer-Policy"] == "no-referrer"
    assert (was_verified, user.email_verified) == (False, True)
    assert answer.status_code == 302


def test_a_bad_key_offers_another_mail(browser: Client) -> None:
    page = browser.post("/email/verify", {"key": "rubbish"})

    assert page.status_code == 400
    assert "/email/verify/resend" in page.content.decode()


def test_the_account_shows_where_one_is_signed_in_and_ends_it(browser: Client, user: User) -> None:
    sign_in(browser, user)
    others = SessionFactory.create_batch(2, user=user, user_agent="their curl")

    page = browser.get("/account").content.decode()
    browser.post(f"/account/sessions/{others[0].pk}/end")
    left = browser.get("/account").content.decode()
    browser.post("/account/sessions/end")

    assert (page.count("their curl"), left.count("their curl")) == (2, 1)
    assert "this browser" in page
    assert "their curl" not in browser.get("/account").content.decode()


def test_nobody_ends_a_strangers_session(browser: Client, user: User) -> None:
    theirs = SessionFactory()
    sign_in(browser, user)

    browser.post(f"/account/sessions/{theirs.pk}/end")

    theirs.refresh_from_db()
    assert theirs.ended_at is None


def test_the_password_is_changed_and_one_stays_signed_in_here(browser: Client, user: User) -> None:
    sign_in(browser, user)
    other = Client()
    sign_in(other, user)
    sent = {"current_password": PASSWORD, "new_password": NEW, "repeated": NEW}

    answer = browser.post("/account", sent)

    assert answer.status_code == 302
    assert browser.get("/account").status_code == 200
    assert other.get("/account").status_code == 302
    assert Mail.objects.latest("id").kind == MailKind.PASSWORD_CHANGED


def test_the_account_is_shown_to_nobody_else(browser: Client) -> None:
    answer = browser.get("/account")

    assert (answer.status_code, answer["Location"]) == (302, "/login?next=/account")


FORMS = {
    "/login": {"email": "a@lab.example", "password": "x"},
    "/register": {"email": "a@lab.example", "password": "x"},
    "/password/reset": {"email": "a@lab.example"},
    "/password/reset/confirm": {"uid": "x", "token": "x", "new_password": "x", "repeated": "x"},
    "/email/verify": {"key": "x"},
    "/email/verify/resend": {"email": "a@lab.example"},
}


@pytest.mark.parametrize("path", FORMS)
def test_a_form_from_elsewhere_is_refused(path: str) -> None:
    assert Client(enforce_csrf_checks=True).post(path, FORMS[path]).status_code == 403


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("rubbish", ["\0", "%ED%A0%80", "x" * 200_000, "\x1b[31m", "\u202e"])
def test_whatever_is_written_into_a_form_is_no_fault_of_ours(
    browser: Client, path: str, rubbish: str
) -> None:
    for field in FORMS[path]:
        answer = browser.post(path, FORMS[path] | {field: rubbish})

        assert answer.status_code in {200, 400}


@pytest.mark.parametrize("path", FORMS)
def test_no_page_with_a_form_is_kept(browser: Client, path: str) -> None:
    page = browser.get(path)

    assert page.status_code == 200
    assert "no-store" in page["Cache-Control"]
    assert not re.findall(r"<script|\sstyle=|\son\w+=", page.content.decode())


@pytest.mark.parametrize("path", FORMS)
def test_every_field_has_a_label(browser: Client, path: str) -> None:
    page = browser.get(path).content.decode()

    fields = re.findall(r'<input type="(?!hidden)[^>]*id="(\w+)"', page)
    assert all(f'for="{field}"' in page for field in fields)


def test_one_address_sends_sixty_forms_in_five_minutes_and_no_more(browser: Client) -> None:
    statuses = [browser.post("/email/verify", {"key": "x"}).status_code for _ in range(60)]

    refused = [browser.post(path, FORMS[path]) for path in ("/email/verify", "/login")]
    staff = browser.post("/admin/login/", {"username": "a", "password": "b"})

    assert set(statuses) == {400}
    assert [page.status_code for page in [*refused, staff]] == [429, 429, 429]
    assert 0 < int(refused[0]["Retry-After"]) <= 300
    assert browser.get("/login").status_code == 200


def test_the_forms_work_without_valkey(browser: Client, user: User, settings: Any) -> None:
    away = settings.CACHES["default"] | {"LOCATION": "unix:///nowhere/valkey.sock"}
    settings.CACHES = {"default": away}

    assert sign_in(browser, user).status_code == 302


def test_somebody_without_a_role_is_told_so_by_the_staffs_sign_in(
    browser: Client, user: User
) -> None:
    page = browser.post("/admin/login/", {"username": user.email, "password": PASSWORD})

    assert page.status_code == 200
    assert "staff account" in page.content.decode()
    assert "sessionid" not in browser.cookies
