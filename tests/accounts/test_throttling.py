"""How often one may guess a password: the limits of the contract, over HTTP."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from accounts import hashers
from accounts.models import Action, Attempts, AuditEntry, User
from tests.accounts.calls import bearer, post
from tests.factories import PASSWORD, SessionFactory, UserFactory, access_token

pytestmark = pytest.mark.django_db
WRONG = "six purple otters"
QUICK = "django.contrib.auth.hashers.MD5PasswordHasher"


@pytest.fixture(autouse=True)
def _proxy(settings: Any) -> None:
    """Let the tests choose the address that they come from."""
    settings.TRUSTED_PROXIES = ["127.0.0.1"]


@pytest.fixture(autouse=True)
def _quick_hashes(settings: Any) -> None:
    """Hash in no time: what is tested is how often."""
    settings.PASSWORD_HASHERS = [QUICK, *settings.PASSWORD_HASHERS]


@pytest.fixture
def user(db: None) -> User:
    hashed = make_password(PASSWORD)
    return UserFactory.create(email="ada@example.org", full_name="Ada", password=hashed)


def sign_in(email: str, password: str = WRONG, *, ip: str = "198.51.100.1") -> Any:
    sent = {"email": email, "password": password}
    return post(APIClient(), "login", sent, **{"X-Forwarded-For": ip})


def failures(email: str, number: int, *, ip: str = "198.51.100.1") -> set[int]:
    return {sign_in(email, ip=ip).status_code for _ in range(number)}


def later(moments: timedelta) -> None:
    """Let time pass for all that was counted."""
    for row in Attempts.objects.all():
        row.moments = [moment - moments for moment in row.moments]
        row.save()


def test_ten_failures_for_an_account_from_an_address_close_that_door(user: User) -> None:
    assert failures(user.email, 10) == {401}

    refused = sign_in(user.email, PASSWORD)

    assert refused.status_code == 429
    assert refused.json()["code"] == "login_throttled"
    assert refused.json()["policy"] == "login-account-address"
    assert 890 < int(refused["Retry-After"]) <= 900
    assert refused.json()["retry_after"] == int(refused["Retry-After"])


def test_the_same_account_is_open_from_elsewhere(user: User) -> None:
    failures(user.email, 10)

    assert sign_in(user.email, PASSWORD, ip="198.51.100.2").status_code == 200


def test_another_account_is_open_from_the_same_address(user: User) -> None:
    failures("other@example.org", 10)

    assert sign_in(user.email, PASSWORD).status_code == 200


def test_who_waits_as_long_as_told_signs_in(user: User) -> None:
    failures(user.email, 10)
    wait = int(sign_in(user.email, PASSWORD)["Retry-After"])

    later(timedelta(seconds=wait))

    assert sign_in(user.email, PASSWORD).status_code == 200


def test_signing_in_rightly_is_no_failure_and_forgives_none(user: User) -> None:
    for _ in range(15):
        assert sign_in(user.email, PASSWORD).status_code == 200
    failures(user.email, 9)
    assert sign_in(user.email, PASSWORD).status_code == 200
    failures(user.email, 1)

    assert sign_in(user.email, PASSWORD).status_code == 429


def test_a_hundred_failures_from_anywhere_close_the_account(user: User) -> None:
    for number in range(10):
        assert failures(user.email, 10, ip=f"203.0.113.{number}") == {401}

    refused = sign_in(user.email, PASSWORD)

    assert refused.status_code == 429
    assert refused.json()["policy"] == "login-account"


def test_the_owner_is_not_locked_out_where_they_are_signed_in(user: User) -> None:
    session = SessionFactory(user=user, ip="198.51.100.7")
    token = access_token(user)
    for number in range(10):
        failures(user.email, 10, ip=f"203.0.113.{number}")

    assert sign_in(user.email, PASSWORD, ip=session.ip).status_code == 200
    assert APIClient().get("/api/v2/auth/me", headers=bearer(token)).status_code == 200


def test_fifty_failures_from_one_address_close_it_for_all(user: User) -> None:
    for number in range(5):
        failures(f"somebody{number}@example.org", 10)

    refused = sign_in(user.email, PASSWORD)

    assert refused.status_code == 429
    assert refused.json()["policy"] == "login-address"
    assert sign_in(user.email, PASSWORD, ip="198.51.100.2").status_code == 200


def test_a_network_of_the_newer_kind_is_one_address(user: User) -> None:
    for number in range(10):
        failures(user.email, 1, ip=f"2001:db8:1:2::{number + 1:x}")

    assert sign_in(user.email, PASSWORD, ip="2001:db8:1:2:ffff::1").status_code == 429
    assert sign_in(user.email, PASSWORD, ip="2001:db8:1:3::1").status_code == 200


def test_an_unknown_address_is_throttled_like_a_known_one(user: User) -> None:
    answers: dict[str, tuple[object, ...]] = {}
    for email in (user.email, "nobody@example.org"):
        ip = f"198.51.100.{len(answers) + 10}"
        failures(email, 10, ip=ip)
        answer = sign_in(email, ip=ip)
        body = answer.json()
        answers[email] = (answer.status_code, body["code"], body["policy"], body["detail"])

    assert len(set(answers.values())) == 1


def test_writing_the_address_otherwise_is_no_way_around(user: User) -> None:
    failures(user.email, 5)
    failures(f" {user.email.upper()}", 5)

    assert sign_in(user.email, PASSWORD).status_code == 429


def test_a_throttled_attempt_is_not_hashed_and_is_audited(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures(user.email, 10)
    monkeypatch.setattr(f"{QUICK}.verify", None)

    assert sign_in(user.email, PASSWORD).status_code == 429

    entry = AuditEntry.objects.latest("id")
    assert entry.action == Action.SIGN_IN_THROTTLED
    assert entry.subject == user.audit_id
    assert entry.address == "198.51.100.1"


def test_a_forged_header_is_no_way_around(user: User, settings: Any) -> None:
    settings.TRUSTED_PROXIES = []
    for number in range(10):
        failures(user.email, 1, ip=f"203.0.113.{number}")

    assert sign_in(user.email, PASSWORD, ip="203.0.113.99").status_code == 429


def test_the_same_limits_hold_for_the_admin_site(user: User) -> None:
    failures(user.email, 10)

    sent = {"username": user.email, "password": PASSWORD}
    headers = {"X-Forwarded-For": "198.51.100.1"}
    answer = APIClient().post("/admin/login/", sent, headers=headers)

    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what was hashed; let as many hash as there are threads."""
    passwords: list[str] = []
    verify = hashers.Argon2id.verify

    def noted(self: Any, password: str, encoded: str) -> bool:
        passwords.append(password)
        return verify(self, password, encoded)

    monkeypatch.setattr("accounts.hashers.Argon2id.verify", noted)
    monkeypatch.setattr("accounts.hashers.counter", hashers.Counter(at_once=2, waiting=98))
    monkeypatch.setattr("accounts.hashers.LONGEST_WAIT_SECONDS", 60)
    return passwords


@pytest.mark.django_db(transaction=True)
def test_of_a_hundred_guesses_at_once_exactly_ten_reach_the_hasher(hashed: list[str]) -> None:
    user = UserFactory.create()

    def guess(_: int) -> int:
        try:
            return int(sign_in(user.email).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(30) as pool:
        statuses = list(pool.map(guess, range(100)))

    assert len(hashed) == 10
    assert (statuses.count(401), statuses.count(429)) == (10, 90)


def test_old_counts_are_not_looked_at(user: User) -> None:
    failures(user.email, 10)
    later(timedelta(minutes=16))

    assert failures(user.email, 10) == {401}
    assert timezone.now() - Attempts.objects.latest("last_at").last_at < timedelta(minutes=1)
