"""What the outbox holds is sent: once, to whom it concerns, whatever the mail server does."""

import logging
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.hashers import make_password
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from accounts import email_keys, password_tokens
from accounts.models import Mail, MailKind, User
from accounts.models.mail import MOST_ATTEMPTS
from accounts.runner import letters, mail
from accounts.services import outbox
from tests.factories import ApiKeyFactory, UserFactory
from tests.fakes import smtp
from tests.fakes.smtp import Received, Smtp

pytestmark = [pytest.mark.django_db, pytest.mark.allow_hosts(["127.0.0.1"])]

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
SITE = "https://omics.example.org"
LINK = re.compile(r"https?://\S+")
KEY_EXPIRES = NOON + timedelta(days=6)
CONTEXTS: dict[str, dict[str, object]] = {
    MailKind.PASSWORD_CHANGED: {"changed_at": "2026-11-24T11:59:30+00:00", "ip": "203.0.113.9"},
    MailKind.SESSION_STOLEN: {
        "session_started_at": "2026-11-03T04:05:06+00:00",
        "ip": "2001:db8::9",
    },
    MailKind.PROVIDER_LINKED: {"provider": "GitHub"},
    MailKind.API_KEY_EXPIRING: {
        "name": "night job",
        "prefix": "abcd1234",
        "expires_at": KEY_EXPIRES.isoformat(),
    },
}
FACTS = {
    MailKind.VERIFICATION: ["/email/verify?key=", "3 days"],
    MailKind.ALREADY_REGISTERED: ["/login", "/password/reset", "have an account already"],
    MailKind.PASSWORD_RESET: ["/password/reset/confirm?uid=", "1 hour.", "once"],
    MailKind.PASSWORD_CHANGED: ["24 November 2026, 11:59 UTC", "203.0.113.9", "/password/reset"],
    MailKind.SESSION_STOLEN: ["3 November 2026, 04:05 UTC", "2001:db8::9", "/password/reset"],
    MailKind.PROVIDER_LINKED: ["GitHub", "/login"],
    MailKind.API_KEY_EXPIRING: ["night job", "oo_abcd1234", "30 November 2026, 12:00 UTC", "/docs"],
}


@pytest.fixture
def server(settings) -> Iterator[Smtp]:
    with smtp.running() as running:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST = smtp.HOST
        settings.EMAIL_PORT = running.port
        settings.EMAIL_TIMEOUT = 5
        settings.SITE_URL = SITE
        settings.DEFAULT_FROM_EMAIL = "OmicsOracle <noreply@omics.example.org>"
        yield running


@pytest.fixture
def ada(db: None) -> User:
    return UserFactory.create(email="ada@example.org", full_name="Ada", email_verified=True)


def put(kind: MailKind = MailKind.PROVIDER_LINKED, to: User | None = None, **fields) -> Mail:
    """Put a mail of any kind into the outbox."""
    to = to or UserFactory.create()
    written = {"address": to.email, "user": to, "context": CONTEXTS.get(kind, {})} | fields
    outbox.put(kind, at=NOON, **written)
    return Mail.objects.latest("id")


def put_some(count: int) -> list[str]:
    """Put as many mails into the outbox; return their addresses in the order they are sent in."""
    made = [put() for _ in range(count)]
    for number, one in enumerate(made):
        Mail.objects.filter(pk=one.pk).update(next_at=NOON - timedelta(minutes=count - number))
    return [one.address for one in made]


def only(kind: MailKind, to: User, server: Smtp, **fields) -> Received:
    """Send one mail and return it as it came."""
    put(kind, to, **fields)
    mail.send_due(at=NOON)
    (received,) = server.mails
    return received


def links_in(html: str) -> set[str]:
    found: set[str] = set()

    class Links(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.update(str(value) for name, value in attrs if name in {"href", "src"})

    Links().feed(html)
    return found


# --- sending -----------------------------------------------------------------------------------


def test_a_mail_that_is_due_is_sent_once(server: Smtp, ada: User) -> None:
    row = put(to=ada)

    counts = [mail.send_due(at=NOON), mail.send_due(at=NOON + timedelta(days=2))]

    row.refresh_from_db()
    assert counts == [1, 0]
    assert server.addresses() == ["ada@example.org"]
    assert row.sent_at is not None
    assert (row.attempts, row.error, row.given_up_at) == (1, "", None)


def test_a_mail_that_is_not_due_waits(server: Smtp) -> None:
    row = put()
    Mail.objects.update(next_at=NOON + timedelta(seconds=1))

    assert mail.send_due(at=NOON) == 0
    assert mail.send_due(at=row.created_at + timedelta(seconds=1)) == 1


def test_with_nothing_to_send_the_server_is_left_alone(server: Smtp) -> None:
    assert mail.send_due(at=NOON) == 0

    assert server.commands == []


def test_many_mails_go_over_one_connection(server: Smtp) -> None:
    put_some(2 * mail.BATCH + 1)

    assert mail.send_due(at=NOON) == 2 * mail.BATCH + 1

    assert server.connections == 1


def test_the_headers_say_who_wrote_and_that_no_person_did(server: Smtp, ada: User) -> None:
    received = only(MailKind.PROVIDER_LINKED, ada, server)

    row = Mail.objects.get()
    assert received.sender == "noreply@omics.example.org"
    assert received.message["From"] == "OmicsOracle <noreply@omics.example.org>"
    assert received.message["To"] == "ada@example.org"
    assert received.message["Auto-Submitted"] == "auto-generated"
    assert received.message["Message-ID"] == f"<{row.pk}@omics.example.org>"
    assert received.message.get_content_type() == "multipart/alternative"


def test_a_mail_that_comes_twice_after_a_crash_can_be_known_by_its_id(server: Smtp) -> None:
    put()

    mail.send_due(at=NOON)
    Mail.objects.update(sent_at=None)  # as if killed before that was written
    mail.send_due(at=NOON + timedelta(minutes=2))

    first, second = server.mails
    assert first.message["Message-ID"] == second.message["Message-ID"]


def test_while_the_server_is_down_all_is_kept_and_nothing_is_given_up(server: Smtp) -> None:
    addresses = put_some(3)
    server.down()

    for day in range(30):
        assert mail.send_due(at=NOON + timedelta(days=day)) == 0
    server.up()
    sent = mail.send_due(at=NOON + timedelta(days=30))

    assert sent == 3
    assert server.addresses() == addresses


def test_a_server_that_lets_nobody_in_loses_no_mail(server: Smtp) -> None:
    put()
    server.answers = {smtp.CONNECT: "421 too many of you"}

    assert mail.send_due(at=NOON) == 0
    server.answers = {}
    assert mail.send_due(at=NOON) == 1


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA", smtp.MESSAGE])
def test_when_the_connection_breaks_the_mail_in_hand_is_put_off_and_the_rest_is_not(
    server: Smtp, command: str
) -> None:
    first, *others = put_some(3)
    server.drop_at = {command}

    assert mail.send_due(at=NOON) == 0
    server.drop_at = set()
    at_once = mail.send_due(at=NOON + timedelta(seconds=1))
    later = mail.send_due(at=NOON + timedelta(minutes=2))

    assert (at_once, later) == (2, 1)
    assert server.addresses() == [*others, first]
    assert sorted(Mail.objects.values_list("attempts", flat=True)) == [1, 1, 2]


def test_a_server_that_says_nothing_is_left_after_a_while(server: Smtp, settings) -> None:
    settings.EMAIL_TIMEOUT = 0.2
    put_some(2)
    server.hang_at = {smtp.MESSAGE}

    assert mail.send_due(at=NOON) == 0

    put_off = Mail.objects.get(attempts=1)
    assert put_off.error == "SMTPServerDisconnected"
    assert Mail.objects.filter(attempts=0, next_at__lt=NOON + timedelta(seconds=30)).count() == 1


def test_a_server_that_closes_down_in_between_gets_no_more(server: Smtp) -> None:
    put_some(2)
    server.answers = {"MAIL": "421 I close"}

    mail.send_due(at=NOON)

    assert server.commands.count("MAIL") == 1
    assert sorted(Mail.objects.values_list("error", flat=True)) == ["", "SMTPSenderRefused 421"]


def test_what_the_server_does_not_take_now_is_tried_again(server: Smtp) -> None:
    row = put()
    put()
    server.refused = {row.address: "451 not now"}

    assert mail.send_due(at=NOON) == 1
    row.refresh_from_db()
    assert (row.attempts, row.given_up_at) == (1, None)
    assert row.error == "SMTPRecipientsRefused 451"
    assert row.next_at >= NOON + timedelta(minutes=1)

    server.refused = {}
    assert mail.send_due(at=NOON + timedelta(seconds=50)) == 0
    assert mail.send_due(at=NOON + timedelta(minutes=2)) == 1
    row.refresh_from_db()
    assert row.error == ""


def test_an_address_that_does_not_exist_is_given_up_at_once(server: Smtp) -> None:
    row = put()
    server.refused = {row.address: f"550 no such mailbox {row.address}"}

    mail.send_due(at=NOON)

    row.refresh_from_db()
    assert row.given_up_at is not None
    assert row.error == "SMTPRecipientsRefused 550"


@pytest.mark.parametrize(
    ("command", "error"), [("MAIL", "SMTPSenderRefused"), (smtp.MESSAGE, "SMTPDataError")]
)
def test_what_may_be_our_own_mistake_is_tried_for_days(
    server: Smtp, command: str, error: str
) -> None:
    row = put()
    server.answers = {command: "554 we do not know you"}

    at = NOON
    for attempt in range(1, MOST_ATTEMPTS + 1):
        mail.send_due(at=at)
        row.refresh_from_db()
        assert row.attempts == attempt
        at = row.next_at

    assert row.given_up_at is not None
    assert row.error == f"{error} 554"
    assert row.given_up_at - NOON > timedelta(hours=20)
    assert server.commands.count("MAIL") == MOST_ATTEMPTS


@pytest.mark.parametrize(
    "poison",
    [
        {"address": "ada@example.org\nBcc: everybody@example.org"},
        {"address": "two@example.org, three@example.org"},
        {"address": "@example.org"},
        {"kind": "of tomorrow"},
        {"context": {}},
        {"context": {"provider": None}},
    ],
)
def test_a_mail_that_cannot_be_written_stops_no_other_and_is_given_up_in_the_end(
    server: Smtp, poison: dict[str, object]
) -> None:
    row = put()
    Mail.objects.filter(pk=row.pk).update(next_at=NOON - timedelta(hours=1), **poison)
    put()

    at, sent = NOON, 0
    for _ in range(MOST_ATTEMPTS + 1):
        sent += mail.send_due(at=at)
        row.refresh_from_db()
        at = max(row.next_at, at)

    assert sent == len(server.mails) == 1
    assert row.attempts == MOST_ATTEMPTS
    assert row.given_up_at is not None
    assert row.error in {"ValueError", "BadHeaderError", "KeyError", "AttributeError"}


def test_a_mail_whose_senders_always_die_is_given_up_in_the_end(server: Smtp) -> None:
    row = put()
    Mail.objects.filter(pk=row.pk).update(attempts=MOST_ATTEMPTS)

    assert mail.send_due(at=NOON) == 0

    row.refresh_from_db()
    assert (row.given_up_at, row.error) == (NOON, "no attempt ended")


def test_an_international_domain_is_reached(server: Smtp) -> None:
    put(address="ada@b\u00fccher.example")

    assert mail.send_due(at=NOON) == 1
    assert server.addresses() == ["ada@xn--bcher-kva.example"]


def test_a_server_that_hangs_at_good_bye_harms_nothing(server: Smtp, settings) -> None:
    settings.EMAIL_TIMEOUT = 0.2
    put()
    server.hang_at = {"QUIT"}

    assert mail.send_due(at=NOON) == 1


def test_when_the_time_is_up_the_rest_is_handed_back(
    server: Smtp, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_some(3)
    monkeypatch.setattr(mail, "SENDING_TIME", timedelta(seconds=0.3))
    server.before_answer = lambda command: time.sleep(0.5 if command == smtp.MESSAGE else 0)

    assert mail.send_due(at=NOON) == 1

    assert Mail.objects.due(at=NOON + timedelta(seconds=10)).filter(attempts=0).count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_each_mail_once(server: Smtp) -> None:
    addresses = put_some(3 * mail.BATCH)
    together = threading.Barrier(2)

    def work(_: int) -> int:
        together.wait(10)
        try:
            return mail.send_due(at=NOON)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        sent = list(pool.map(work, range(2)))

    assert sum(sent) == len(addresses)
    assert sorted(server.addresses()) == sorted(addresses)
    assert set(Mail.objects.values_list("attempts", flat=True)) == {1}


SEND = """
import django; django.setup()
from datetime import datetime
from django.conf import settings
from django.db import connection
from accounts.runner import mail
connection.settings_dict["NAME"] = "{database}"
settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", {port}
mail.send_due(at=datetime.fromisoformat("{at}"))
"""


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_is_killed_while_it_sends_loses_nothing(server: Smtp) -> None:
    addresses = put_some(3)
    reached = threading.Event()
    server.before_answer = lambda command: reached.set() if command == "RCPT" else None
    server.hang_at = {"RCPT"}
    database = connection.settings_dict["NAME"]
    script = SEND.format(database=database, port=server.port, at=NOON.isoformat())

    with subprocess.Popen([sys.executable, "-c", script]) as worker:
        assert reached.wait(30)
        worker.send_signal(signal.SIGKILL)
    server.down()
    server.hang_at = set()
    server.up()
    during_the_lease = mail.send_due(at=NOON + timedelta(seconds=30))
    after_it = mail.send_due(at=NOON + timedelta(minutes=3))

    assert (during_the_lease, after_it) == (0, 3)
    assert sorted(server.addresses()) == sorted(addresses)


# --- to whom -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind", [MailKind.VERIFICATION, MailKind.PASSWORD_RESET, MailKind.ALREADY_REGISTERED]
)
def test_what_an_address_without_an_account_was_asked_for_is_forgotten(
    server: Smtp, kind: MailKind
) -> None:
    put(kind, user=None, address="nobody@example.org")

    assert mail.send_due(at=NOON) == 0

    assert not Mail.objects.exists()
    assert server.mails == []


@pytest.mark.parametrize(
    ("kind", "reason", "fields"),
    [
        (MailKind.VERIFICATION, "account disabled", {"is_active": False}),
        (MailKind.VERIFICATION, "verified already", {"email_verified": True}),
        (MailKind.VERIFICATION, "account has another address", {"email": "eve@example.org"}),
        (MailKind.PASSWORD_RESET, "account disabled", {"is_active": False}),
        (MailKind.PASSWORD_RESET, "account has another address", {"email": "eve@example.org"}),
        (MailKind.ALREADY_REGISTERED, "account disabled", {"is_active": False}),
        (MailKind.API_KEY_EXPIRING, "account disabled", {"is_active": False}),
        (MailKind.API_KEY_EXPIRING, "key over or replaced", {}),
    ],
)
def test_what_is_not_wanted_any_more_is_not_sent(
    server: Smtp, kind: MailKind, reason: str, fields: dict[str, object]
) -> None:
    user = UserFactory.create(email="ada@example.org")
    row = put(kind, user)
    User.objects.filter(pk=user.pk).update(**fields)

    assert mail.send_due(at=NOON) == 0

    row.refresh_from_db()
    assert server.mails == []
    assert row.given_up_at is not None
    assert row.error == reason


def test_a_reset_goes_to_the_address_as_the_account_has_it(server: Smtp, ada: User) -> None:
    put(MailKind.PASSWORD_RESET, ada, user=None, address="\uff21DA@Example.ORG ")

    mail.send_due(at=NOON)

    assert server.addresses() == ["ada@example.org"]


def test_an_account_without_a_password_can_set_one(server: Smtp) -> None:
    user = UserFactory.create(password=make_password(None))

    received = only(MailKind.PASSWORD_RESET, user, server, user=None)

    assert "/password/reset/confirm" in received.text()


def test_a_notice_goes_to_the_address_that_it_was_written_for(server: Smtp, ada: User) -> None:
    put(MailKind.PASSWORD_CHANGED, ada)
    User.objects.filter(pk=ada.pk).update(email="thief@example.org")

    mail.send_due(at=NOON)

    assert server.addresses() == ["ada@example.org"]


# --- what they say -----------------------------------------------------------------------------


def ready_for(kind: MailKind, user: User) -> User:
    if kind == MailKind.VERIFICATION:
        User.objects.filter(pk=user.pk).update(email_verified=False)
    if kind == MailKind.API_KEY_EXPIRING:
        ApiKeyFactory.create(user=user, prefix="abcd1234", expires_at=KEY_EXPIRES)
    return user


@pytest.mark.parametrize("kind", MailKind)
def test_every_kind_says_its_facts_in_text_and_html_alike(
    server: Smtp, ada: User, kind: MailKind
) -> None:
    received = only(kind, ready_for(kind, ada), server)

    text, html = received.text(), received.html()
    plain = re.sub(r"\s+", " ", text)
    shown = re.sub(r"\s+", " ", re.sub("<[^>]+>", "", html)) + " ".join(links_in(html))
    assert [fact for fact in FACTS[kind] if fact not in plain] == []
    assert [fact for fact in FACTS[kind] if fact not in shown] == []
    assert set(LINK.findall(text)) == links_in(html)
    assert {f"{urlsplit(link).scheme}://{urlsplit(link).netloc}" for link in links_in(html)} == {
        SITE
    }
    assert "{" not in text + html.partition("<body")[2]
    assert "<img" not in html


@pytest.mark.parametrize("kind", MailKind)
def test_every_kind_travels_as_plain_ascii(server: Smtp, ada: User, kind: MailKind) -> None:
    User.objects.filter(pk=ada.pk).update(full_name="\u00c5sa \U0001f9ec")

    received = only(kind, ready_for(kind, ada), server)

    assert received.raw.isascii()
    assert max(map(len, received.raw.splitlines())) <= 998
    if kind != MailKind.VERIFICATION:
        assert "Hello \u00c5sa \U0001f9ec," in received.text()


def test_the_link_of_a_verification_verifies_the_address(server: Smtp) -> None:
    user = UserFactory.create()

    received = only(MailKind.VERIFICATION, user, server, user=None)

    (link,) = (one for one in LINK.findall(received.text()) if "key=" in one)
    (key,) = parse_qs(urlsplit(link).query)["key"]
    assert email_keys.read(key) == (user.pk, user.email)


def test_the_link_of_a_reset_sets_a_password(server: Smtp, ada: User) -> None:
    received = only(MailKind.PASSWORD_RESET, ada, server, user=None)

    (link,) = (one for one in LINK.findall(received.text()) if "uid=" in one)
    query = parse_qs(urlsplit(link).query)
    assert password_tokens.users_of(query["uid"][0]).get() == ada
    assert password_tokens.fits(ada, query["token"][0])


@pytest.mark.parametrize("kind", [MailKind.VERIFICATION, MailKind.PASSWORD_RESET])
def test_secrets_stand_neither_in_the_row_nor_in_a_log(
    server: Smtp, ada: User, kind: MailKind, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.refused = {ada.email: f"451 {ada.email}"}
    row = put(kind, ready_for(kind, ada))

    mail.send_due(at=NOON)
    server.refused = {}
    mail.send_due(at=NOON + timedelta(minutes=2))

    link = next(one for one in LINK.findall(server.mails[0].text()) if "?" in one)
    secrets = [value for values in parse_qs(urlsplit(link).query).values() for value in values]
    kept = repr(Mail.objects.filter(pk=row.pk).values().get())
    logged = " ".join(f"{one.getMessage()} {one.__dict__}" for one in caplog.records)
    assert "mail not sent" in logged
    assert "mail sent" in logged
    assert [secret for secret in secrets if secret in kept or secret in logged] == []
    assert ada.email not in logged


def test_links_lead_to_the_site_that_the_settings_name(settings, ada: User) -> None:
    settings.SITE_URL = "https://elsewhere.example"

    letter = letters.write(put(MailKind.PASSWORD_RESET, ada), at=NOON)

    assert {urlsplit(link).netloc for link in links_in(letter.html)} == {"elsewhere.example"}


def test_a_name_is_shown_as_it_is_and_makes_no_html(server: Smtp, ada: User) -> None:
    name = '<b>O\'Brien</b> & "co" {{ 1 }}'
    User.objects.filter(pk=ada.pk).update(full_name=name)

    received = only(MailKind.PROVIDER_LINKED, ada, server)

    assert f"Hello {name}," in received.text()
    assert "<b>" not in received.html()


def test_who_registers_with_anothers_address_sends_no_words_there(server: Smtp) -> None:
    user = UserFactory.create(full_name="Click http://evil.example now", email_verified=False)

    received = only(MailKind.VERIFICATION, user, server, user=None)

    assert received.text().startswith("Hello,\n")
    assert "evil" not in received.raw.decode()


def test_who_makes_a_key_under_anothers_address_sends_no_words_there(server: Smtp) -> None:
    user = UserFactory.create(email_verified=False)
    ApiKeyFactory.create(user=user, prefix="abcd1234", expires_at=KEY_EXPIRES)

    received = only(MailKind.API_KEY_EXPIRING, user, server)

    assert "oo_abcd1234" in received.text()
    assert "night job" not in received.text() + received.html()


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=255))
def test_no_name_breaks_a_line_of_a_mail_or_the_page(name: str) -> None:
    user = User(email="ada@example.org", full_name=name, email_verified=True)
    row = Mail(kind=MailKind.PROVIDER_LINKED, address=user.email, user=user)
    row.context = {"provider": name}

    letter = letters.write(row, at=NOON)
    sent = mail._message(row, letter).message()

    greeting, blank, *_ = letter.text.split("\n")
    assert greeting.startswith("Hello")
    assert greeting.endswith(",")
    assert blank == ""
    assert letter.html.count("<") == letters.write(plain(row), at=NOON).html.count("<")
    assert sent.as_bytes().isascii()
    assert sent["From"] == django_settings.DEFAULT_FROM_EMAIL


def plain(row: Mail) -> Mail:
    user = User(email="ada@example.org", full_name="Ada", email_verified=True)
    return Mail(kind=row.kind, address=row.address, user=user, context={"provider": "Ada"})
