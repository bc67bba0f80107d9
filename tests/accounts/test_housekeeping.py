"""Owners hear of keys that end, and what is over goes: no sooner, and however often it is asked."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.sessions.models import Session as BrowserCookie
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import (
    Action,
    ApiKey,
    Attempts,
    AuditEntry,
    Mail,
    MailKind,
    Session,
    User,
)
from accounts.runner import housekeeping
from accounts.services import outbox, registration, sessions
from tests.factories import ApiKeyFactory, SessionFactory, UserFactory

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def warnings_of(key: ApiKey) -> list[str]:
    mails = Mail.objects.filter(once__contains=str(key.pk)).order_by("id")
    return [str(mail.once).rpartition(":")[2] for mail in mails]


def account(**fields: Any) -> User:
    """Return an account that is old enough to go, if it was never used."""
    return UserFactory.create(**({"created_at": NOON - 7 * DAY - SECOND} | fields))


def cookie(key: str, *, expires_at: datetime = NOON + 14 * DAY) -> BrowserCookie:
    return BrowserCookie.objects.create(session_key=key, session_data="", expire_date=expires_at)


# --- keys that expire --------------------------------------------------------------------------


def test_an_owner_is_warned_a_week_and_a_day_before_each_once() -> None:
    key = ApiKeyFactory.create(expires_at=NOON + 30 * DAY)

    seen: dict[tuple[str, ...], float] = {}
    for hour in (*range(0, 22 * 24, 24), *range(22 * 24, 31 * 24)):
        housekeeping.warn_of_expiring_keys(at=NOON + hour * HOUR)
        seen.setdefault(tuple(warnings_of(key)), hour / 24)

    assert seen == {(): 0, ("7",): 23, ("7", "1"): 29}


def test_the_mail_says_which_key_and_when() -> None:
    key = ApiKeyFactory.create(name="night job", expires_at=NOON + 6 * DAY)

    housekeeping.warn_of_expiring_keys(at=NOON)

    mail = Mail.objects.get()
    assert (mail.kind, mail.user, mail.address) == (
        MailKind.API_KEY_EXPIRING,
        key.user,
        key.user.email,
    )
    assert mail.once == f"key-expiring:{key.pk}:7"
    assert mail.next_at == NOON
    assert mail.context == {
        "name": "night job",
        "prefix": key.prefix,
        "expires_at": "2026-11-30T12:00:00+00:00",
    }


@pytest.mark.parametrize(
    ("left", "warnings"),
    [
        (7 * DAY + SECOND, []),
        (7 * DAY, ["7"]),
        (3 * DAY, ["7"]),
        (DAY + SECOND, ["7"]),
        (DAY, ["1"]),
        (HOUR, ["1"]),
        (timedelta(0), []),
        (-HOUR, []),
    ],
)
def test_a_key_found_late_gets_the_one_warning_that_fits(
    left: timedelta, warnings: list[str]
) -> None:
    key = ApiKeyFactory.create(expires_at=NOON + left)

    housekeeping.warn_of_expiring_keys(at=NOON)
    housekeeping.warn_of_expiring_keys(at=NOON)

    assert warnings_of(key) == warnings


@pytest.mark.parametrize(
    "fields",
    [
        {"expires_at": None},
        {"revoked_at": NOON - DAY},
        {"revoked_at": NOON + DAY},
        {"user__is_active": False},
    ],
)
def test_keys_that_do_not_end_or_are_over_or_replaced_need_no_warning(
    fields: dict[str, Any],
) -> None:
    ApiKeyFactory.create(**({"expires_at": NOON + 2 * DAY} | fields))

    assert housekeeping.warn_of_expiring_keys(at=NOON) == 0

    assert not Mail.objects.exists()


def test_a_warning_changes_no_key() -> None:
    ApiKeyFactory.create(expires_at=NOON + HOUR)
    before = list(ApiKey.objects.values())

    housekeeping.warn_of_expiring_keys(at=NOON)

    assert list(ApiKey.objects.values()) == before


def test_any_number_of_keys_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "BATCH", 2)
    user = UserFactory.create()
    ApiKeyFactory.create_batch(5, user=user, expires_at=NOON + 2 * DAY)

    assert housekeeping.warn_of_expiring_keys(at=NOON) == 5
    assert Mail.objects.count() == 5


@pytest.mark.django_db(transaction=True)
def test_two_that_warn_at_once_write_each_mail_once() -> None:
    ApiKeyFactory.create_batch(30, user=UserFactory.create(), expires_at=NOON + 2 * DAY)

    at_once(lambda: housekeeping.warn_of_expiring_keys(at=NOON))

    assert Mail.objects.count() == 30


# --- what is over ------------------------------------------------------------------------------


def test_a_session_goes_a_day_after_it_ended_or_expired() -> None:
    kept = [
        SessionFactory.create(expires_at=NOON + DAY),
        SessionFactory.create(expires_at=NOON - DAY),
        SessionFactory.create(expires_at=NOON + DAY, ended_at=NOON - DAY),
    ]
    SessionFactory.create(expires_at=NOON - DAY - SECOND)
    SessionFactory.create(expires_at=NOON + DAY, ended_at=NOON - DAY - SECOND)

    deleted = housekeeping.clean_up(at=NOON)

    assert deleted["sessions"] == 2
    assert set(Session.objects.all()) == set(kept)


def test_a_browsers_cookie_is_worthless_as_soon_as_its_session_is_over() -> None:
    for key in ("live", "ended", "expired", "strangers"):
        cookie(key)
    cookie("old", expires_at=NOON - SECOND)
    SessionFactory.create(browser_key="live", expires_at=NOON + DAY)
    SessionFactory.create(browser_key="ended", expires_at=NOON + DAY, ended_at=NOON - SECOND)
    SessionFactory.create(browser_key="expired", expires_at=NOON)

    deleted = housekeeping.clean_up(at=NOON)

    assert deleted["cookies"] == 3
    assert deleted["sessions"] == 0
    assert set(BrowserCookie.objects.values_list("pk", flat=True)) == {"live", "strangers"}


def test_a_key_goes_90_days_after_it_was_revoked_or_expired() -> None:
    kept = [
        ApiKeyFactory.create(),
        ApiKeyFactory.create(expires_at=NOON - 90 * DAY),
        ApiKeyFactory.create(revoked_at=NOON - 90 * DAY),
        ApiKeyFactory.create(revoked_at=NOON + DAY),
    ]
    ApiKeyFactory.create(expires_at=NOON - 90 * DAY - SECOND)
    ApiKeyFactory.create(revoked_at=NOON - 90 * DAY - SECOND)

    assert housekeeping.clean_up(at=NOON)["api_keys"] == 2
    assert set(ApiKey.objects.all()) == set(kept)


def test_a_mail_goes_30_days_after_it_was_sent_or_given_up_and_never_before() -> None:
    moments: list[dict[str, datetime]] = [
        {"created_at": NOON - 300 * DAY, "next_at": NOON - 300 * DAY},
        {"sent_at": NOON - 30 * DAY},
        {"given_up_at": NOON - 30 * DAY},
        {"sent_at": NOON - 30 * DAY - SECOND},
        {"given_up_at": NOON - 30 * DAY - SECOND},
    ]
    mails = [Mail.objects.create(kind=MailKind.VERIFICATION, **one) for one in moments]

    assert housekeeping.clean_up(at=NOON)["mails"] == 2
    assert set(Mail.objects.all()) == set(mails[:3])


def test_attempts_are_forgotten_after_a_day() -> None:
    Attempts.objects.create(subject="a", moments=[NOON - DAY], last_at=NOON - DAY)
    Attempts.objects.create(subject="b", moments=[], last_at=NOON - DAY - SECOND)

    assert housekeeping.clean_up(at=NOON)["attempts"] == 1
    assert Attempts.objects.get().subject == "a"


def test_what_somebody_is_working_at_is_left_for_the_next_time(settings) -> None:
    settings.EMAIL_VERIFICATION = "required"

    with CaptureQueriesContext(connection) as asked:
        housekeeping.clean_up(at=NOON)

    picked = [one["sql"] for one in asked if one["sql"].startswith("SELECT")]
    assert len(picked) == 6
    assert [sql for sql in picked if not sql.endswith("SKIP LOCKED")] == []


def test_any_number_of_rows_goes_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "BATCH", 2)
    SessionFactory.create_batch(5, user=UserFactory.create(), expires_at=NOON - 2 * DAY)

    with CaptureQueriesContext(connection) as asked:
        deleted = housekeeping.clean_up(at=NOON)

    assert deleted["sessions"] == 5
    assert sum(one["sql"].startswith('DELETE FROM "user_sessions"') for one in asked) == 3


def test_a_second_time_finds_nothing_to_do(settings) -> None:
    settings.EMAIL_VERIFICATION = "required"
    account()
    SessionFactory.create(expires_at=NOON - 2 * DAY)

    first = housekeeping.clean_up(at=NOON)
    second = housekeeping.clean_up(at=NOON)

    assert sum(first.values()) == 2
    assert second == dict.fromkeys(first, 0)


@pytest.mark.django_db(transaction=True)
def test_two_that_clean_up_at_once_share_the_work(
    settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EMAIL_VERIFICATION = "required"
    monkeypatch.setattr(housekeeping, "BATCH", 5)
    monkeypatch.setattr(housekeeping, "BATCH_OF_ACCOUNTS", 5)
    SessionFactory.create_batch(40, user=UserFactory.create(), expires_at=NOON - 2 * DAY)
    for _ in range(20):
        account()

    one, other = at_once(lambda: housekeeping.clean_up(at=NOON))

    assert one["sessions"] + other["sessions"] == 40
    assert one["accounts"] + other["accounts"] == 20
    assert AuditEntry.objects.filter(action=Action.ACCOUNT_EXPIRED).count() == 20


# --- accounts that were never verified ---------------------------------------------------------


def test_an_account_that_was_never_verified_nor_used_goes_after_a_week(settings) -> None:
    settings.EMAIL_VERIFICATION = "required"
    gone = account(email="ada@example.org")
    younger = account(created_at=NOON - 7 * DAY)
    outbox.put(MailKind.VERIFICATION, address="ada@example.org", at=NOON - 8 * DAY)

    assert housekeeping.clean_up(at=NOON)["accounts"] == 1

    assert list(User.objects.all()) == [younger]
    assert not Mail.objects.exists()
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.subject, entry.actor, entry.at) == (
        Action.ACCOUNT_EXPIRED,
        gone.audit_id,
        None,
        NOON,
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"email_verified": True},
        {"last_login": NOON - 7 * DAY},
        {"is_staff": True},
        {"is_staff": True, "is_superuser": True},
    ],
)
def test_an_account_that_is_verified_used_or_staff_stays(settings, fields: dict[str, Any]) -> None:
    settings.EMAIL_VERIFICATION = "required"
    account(**fields)

    assert housekeeping.clean_up(at=NOON)["accounts"] == 0
    assert User.objects.count() == 1


def test_an_account_that_signs_in_elsewhere_stays(settings) -> None:
    settings.EMAIL_VERIFICATION = "required"
    SocialAccount.objects.create(user=account(), provider="github", uid="1")

    assert housekeeping.clean_up(at=NOON)["accounts"] == 0


def test_an_account_that_staff_made_a_key_for_stays(settings) -> None:
    settings.EMAIL_VERIFICATION = "required"
    ApiKeyFactory.create(user=account())

    assert housekeeping.clean_up(at=NOON)["accounts"] == 0


def test_where_addresses_need_not_be_verified_accounts_stay(settings) -> None:
    settings.EMAIL_VERIFICATION = "optional"
    account()

    assert housekeeping.clean_up(at=NOON)["accounts"] == 0
    assert User.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_who_is_verifying_at_this_moment_keeps_the_account(settings) -> None:
    settings.EMAIL_VERIFICATION = "required"
    user = account()
    key = registration.email_keys.key_for(user)

    with transaction.atomic():
        registration.verify(key=key, at=NOON)
        with ThreadPoolExecutor(1) as pool:
            deleted = pool.submit(closing(lambda: housekeeping.clean_up(at=NOON))).result(20)

    assert deleted["accounts"] == 0
    assert housekeeping.clean_up(at=NOON)["accounts"] == 0
    assert User.objects.get().email_verified


def test_who_signed_in_once_keeps_the_account(settings) -> None:
    settings.EMAIL_VERIFICATION = "required"
    user = account()
    sessions.start(user=user, user_agent="", at=NOON - DAY, how="password")

    assert housekeeping.clean_up(at=NOON)["accounts"] == 0


# --- in several threads ------------------------------------------------------------------------


def closing(work):
    """Return the work, which closes its thread's connection in the end."""

    def run():
        try:
            return work()
        finally:
            connection.close()

    return run


def at_once(work):
    """Do something in two threads that begin together; return both results."""
    together = threading.Barrier(2)

    def begin():
        together.wait(10)
        return work()

    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(closing(begin)) for _ in range(2)]
        return [one.result(30) for one in both]
