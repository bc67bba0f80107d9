"""Setting another password over HTTP."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from accounts import password_tokens
from accounts.models import Action, ApiKey, AuditEntry, Mail, MailKind, Session, User
from tests.accounts.calls import bearer, is_signed_in, post
from tests.factories import PASSWORD, ApiKeyFactory, UserFactory, access_token

pytestmark = pytest.mark.django_db
NEW = "eight green herons"


def link(user: User) -> dict[str, str]:
    uid, token = password_tokens.parts_for(user)
    return {"uid": uid, "token": token}


def confirm(client: APIClient, sent: dict[str, str], password: str = NEW) -> Any:
    return post(client, "password/reset/confirm", sent | {"new_password": password})


def change(client: APIClient, access: str, **changed: object) -> Any:
    sent = {"current_password": PASSWORD, "new_password": NEW} | changed
    return client.put("/api/v2/auth/password/change", sent, format="json", headers=bearer(access))


def test_asking_answers_the_same_whether_or_not_there_is_an_account(
    client: APIClient, user: User
) -> None:
    answers = [
        post(client, "password/reset", {"email": email}, **{"X-Request-ID": "same"})
        for email in (user.email, "nobody@example.org", " ADA@example.org")
    ]

    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.content for answer in answers}) == 1
    assert len({tuple(sorted(answer.headers.items())) for answer in answers}) == 1


def test_asking_writes_the_same_mail_for_any_address(client: APIClient, user: User) -> None:
    for email in (user.email, "nobody@example.org"):
        post(client, "password/reset", {"email": email})

    assert set(Mail.objects.values_list("kind", "user")) == {(MailKind.PASSWORD_RESET, None)}


def test_a_link_sets_the_password_and_ends_every_session(
    client: APIClient, user: User, signed_in: dict[str, Any]
) -> None:
    user.refresh_from_db()  # signing in was noted

    answer = confirm(client, link(user))

    user.refresh_from_db()
    assert answer.status_code == 204
    assert user.check_password(NEW)
    assert not is_signed_in(client, signed_in["access"])
    assert post(client, "refresh", {"refresh": signed_in["refresh"]}).status_code == 401
    assert not Session.objects.filter(user=user, ended_at__isnull=True).exists()


def test_a_link_works_once(client: APIClient, user: User) -> None:
    sent = link(user)
    confirm(client, sent)

    again = confirm(client, sent, "nine yellow wrens")

    user.refresh_from_db()
    assert again.status_code == 400
    assert user.check_password(NEW)


@pytest.mark.django_db(transaction=True)
def test_of_many_uses_at_once_one_sets_the_password() -> None:
    user = UserFactory.create()
    sent = link(user)

    def one(number: int) -> int:
        try:
            return int(confirm(APIClient(), sent, f"{number} green herons fly").status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(one, range(4)))

    assert statuses.count(204) == 1
    assert set(statuses) <= {204, 400, 503}


def test_a_link_lives_an_hour(client: APIClient, user: User) -> None:
    made_at = timezone.now().replace(tzinfo=None) - timedelta(seconds=3590)
    with patch.object(PasswordResetTokenGenerator, "_now", return_value=made_at):
        fresh = link(user)
    with patch.object(
        PasswordResetTokenGenerator, "_now", return_value=made_at - timedelta(seconds=20)
    ):
        old = link(user)

    assert confirm(client, old).status_code == 400
    assert confirm(client, fresh).status_code == 204


def test_a_link_is_worthless_once_the_sessions_were_ended_or_somebody_signed_in(
    client: APIClient, user: User
) -> None:
    links = [link(user)]
    User.objects.update(token_version=1)
    user.refresh_from_db()
    links.append(link(user))
    User.objects.update(last_login=timezone.now())

    assert [confirm(client, one).status_code for one in links] == [400, 400]


@pytest.mark.parametrize(
    "changed",
    [
        {"uid": "rubbish"},
        {"uid": "AAAA"},
        {"uid": "é"},
        {"token": "rubbish"},
        {"token": "abc-def"},
        {"token": "0-" + "f" * 32},
    ],
)
def test_a_link_that_was_cut_or_made_up_sets_nothing(
    client: APIClient, user: User, changed: dict[str, str]
) -> None:
    answer = confirm(client, link(user) | changed)

    user.refresh_from_db()
    assert answer.status_code == 400
    assert user.check_password(PASSWORD)


def test_one_persons_link_does_not_open_anothers_account(client: APIClient, user: User) -> None:
    other = UserFactory.create()

    assert confirm(client, link(user) | {"uid": link(other)["uid"]}).status_code == 400


def test_a_disabled_account_stays_closed(client: APIClient, user: User) -> None:
    User.objects.update(is_active=False)

    assert confirm(client, link(user)).status_code == 400


def test_a_weak_password_is_refused_and_the_link_stays_good(client: APIClient, user: User) -> None:
    sent = link(user)

    refused = confirm(client, sent, "ada@example.org")

    assert refused.status_code == 400
    assert list(refused.json()["errors"]) == ["new_password"]
    assert confirm(client, sent).status_code == 204


def test_who_proves_the_address_first_gets_an_account_that_only_they_can_use(
    client: APIClient, user: User
) -> None:
    key = ApiKeyFactory(user=user)  # made by somebody who never read mail to that address

    confirm(client, link(user))

    user.refresh_from_db()
    assert user.email_verified
    assert ApiKey.objects.get(pk=key.pk).revoked_at is not None


def test_the_keys_of_a_proven_address_live_on(client: APIClient) -> None:
    user = UserFactory.create(email_verified=True)
    key = ApiKeyFactory(user=user)

    confirm(client, link(user))

    assert ApiKey.objects.get(pk=key.pk).revoked_at is None


def test_the_owner_is_told_of_another_password(client: APIClient, user: User) -> None:
    confirm(client, link(user))

    assert Mail.objects.get().kind == MailKind.PASSWORD_CHANGED
    assert AuditEntry.objects.filter(action=Action.PASSWORD_RESET).count() == 1


def test_changing_the_password_ends_every_other_session(
    client: APIClient, user: User, signed_in: dict[str, Any]
) -> None:
    other = access_token(user)

    answer = change(client, signed_in["access"])

    user.refresh_from_db()
    assert answer.status_code == 204
    assert user.check_password(NEW)
    assert is_signed_in(client, signed_in["access"])
    assert post(client, "refresh", {"refresh": signed_in["refresh"]}).status_code == 200
    assert not is_signed_in(client, other)


def test_a_browser_stays_signed_in_when_it_changes_the_password(user: User) -> None:
    browser, other = APIClient(), APIClient()
    browser.force_login(user)
    other.force_login(user)

    sent = {"current_password": PASSWORD, "new_password": NEW}
    answer = browser.put("/api/v2/auth/password/change", sent, format="json")

    assert answer.status_code == 204
    assert browser.get("/api/v2/auth/me").status_code == 200
    assert other.get("/api/v2/auth/me").status_code == 401


def test_the_wrong_current_password_changes_nothing(
    client: APIClient, user: User, signed_in: dict[str, Any]
) -> None:
    answer = change(client, signed_in["access"], current_password="six purple otters")

    user.refresh_from_db()
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["current_password"]
    assert user.check_password(PASSWORD)


def test_the_current_password_cannot_be_guessed_either(
    client: APIClient, user: User, signed_in: dict[str, Any]
) -> None:
    for _ in range(10):
        change(client, signed_in["access"], current_password="six purple otters")

    refused = change(client, signed_in["access"])

    assert refused.status_code == 429
    assert refused.json()["code"] == "login_throttled"


def test_a_weak_new_password_is_refused(
    client: APIClient, user: User, signed_in: dict[str, Any]
) -> None:
    answer = change(client, signed_in["access"], new_password="password1234")

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["new_password"]
