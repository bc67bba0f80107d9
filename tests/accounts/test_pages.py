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
    assert user.full_name in browser.get("/").content.decode()
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
        ("http:///evil.example", "/"),
        ("http://testserver/account", "http://testserver/account"),
        ("a word", "a%20word"),
        ("end-session", "end-session"),  # the name of a route that needs more
        ("/a\0b", "/a%00b"),
        ("/a\r\nSet-Cookie: x=y", "/a%0D%0ASet-Cookie:%20x=y"),
        ("/" + "x" * 3000, "/"),
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


def test_who_is_signed_in_stays_who_they_are(browser: Client, user: User) -> None:
    sign_in(browser, user)

    answer = sign_in(browser, UserFactory.create())

    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert user.email in browser.get("/account").content.decode()
    assert Session.objects.count() == 1


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

    page = refused.content.decode()
    assert refused.status_code == 403
    assert 'action="/email/verify/resend"' in page
    assert f'<input type="hidden" name="email" value="{user.email}">' in page
    assert "sessionid" not in browser.cookies


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
    assert 'aria-describedby="id_password_helptext id_password_error"' in page
    assert '<div class="error" id="id_password_error">' in page
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
    sent = {"uid": uid, "token": token, "new_password": NEW, "repeated": NEW}

    answer = browser.post("/password/reset/confirm", sent)

    assert (answer.status_code, answer["Location"]) == (302, "/login")
    assert sign_in(browser, user, NEW).status_code == 302


def test_a_spent_link_offers_another_mail(browser: Client, user: User) -> None:
    uid, token = password_tokens.parts_for(user)
    sent = {"uid": uid, "token": token, "new_password": NEW, "repeated": NEW}
    browser.post("/password/reset/confirm", sent)

    page = browser.post("/password/reset/confirm", sent)

    assert page.status_code == 400
    assert 'href="/password/reset"' in page.content.decode()


@pytest.mark.parametrize("token", ["rubbish", "", "\0", "x" * 201])
def test_a_link_that_was_cut_offers_another_mail(browser: Client, user: User, token: str) -> None:
    uid, _ = password_tokens.parts_for(user)

    sent = {"uid": uid, "token": token, "new_password": NEW, "repeated": NEW}
    page = browser.post("/password/reset/confirm", sent)

    assert page.status_code == 400
    assert 'href="/password/reset"' in page.content.decode()
    assert browser.get("/password/reset/confirm").status_code == 200


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
    assert page.status_code == 200
    assert (was_verified, user.email_verified) == (False, True)
    assert answer.status_code == 302


LINKS = {
    "/email/verify": {"key": "secret"},
    "/password/reset/confirm": {"uid": "secret", "token": "secret"},
}


@pytest.mark.parametrize("path", LINKS)
def test_the_secret_in_a_link_goes_to_no_other_page(browser: Client, path: str) -> None:
    page = browser.get(path, LINKS[path])

    assert page["Referrer-Policy"] == "strict-origin"
    assert f'<form method="post" action="{path}">' in page.content.decode()


@pytest.mark.parametrize("path", LINKS)
def test_a_browser_can_send_the_form_of_a_link(path: str) -> None:
    browser = Client(enforce_csrf_checks=True)
    page = browser.get(path, LINKS[path])
    # What the Fetch standard makes of the page's policy.
    origin = "null" if page["Referrer-Policy"] == "no-referrer" else "http://testserver"

    answer = browser.post(
        path,
        LINKS[path] | {"csrfmiddlewaretoken": str(page.context["csrf_token"])},
        headers={"Origin": origin},
    )

    assert answer.status_code != 403


@pytest.mark.parametrize("key", ["rubbish", "", "\0", "x" * 1001])
def test_a_bad_key_offers_another_mail(browser: Client, key: str) -> None:
    page = browser.post("/email/verify", {"key": key})

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


def test_a_wrong_current_password_is_named_at_its_field(browser: Client, user: User) -> None:
    sign_in(browser, user)
    sent = {"current_password": "six purple otters", "new_password": NEW, "repeated": NEW}

    page = browser.post("/account", sent)

    shown = page.content.decode()
    assert page.status_code == 400
    assert 'aria-describedby="id_current_password_error"' in shown
    assert "The current password is not right." in shown


def test_the_account_is_shown_to_nobody_else(browser: Client) -> None:
    answer = browser.get("/account")

    assert (answer.status_code, answer["Location"]) == (302, "/login?next=/account")
    assert "no-store" in answer["Cache-Control"]
