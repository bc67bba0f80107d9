"""What each credential opens. What none opens is in tests/security/test_credentials.py."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from accounts import keys
from accounts.models import ApiKey, User
from accounts.services import identity
from accounts.services.api_keys import MOST_LIVE_KEYS, TooManyKeys, make_key
from quotas.services import counting, effective
from tests.accounts.calls import bearer
from tests.factories import ApiKeyFactory, UserFactory, access_token

ME = "/api/v2/auth/me"
pytestmark = pytest.mark.django_db
NOW = timezone.now()


def get(client: APIClient, **headers: str) -> Any:
    return client.get(ME, headers=headers)


@pytest.fixture
def key(user: User) -> ApiKey:
    return ApiKeyFactory.create(user=user, last_used_at=timezone.now())


@pytest.fixture
def _limits_are_known(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are read once a second, whatever the credential."""
    monkeypatch.setattr(effective, "SECONDS", 600)
    counting.count(user=user, cost=0)


@pytest.mark.usefixtures("_limits_are_known")
def test_a_token_opens_with_one_query(
    client: APIClient, user: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    token = access_token(user)

    with django_assert_num_queries(1):
        assert get(client, **bearer(token)).status_code == 200


@pytest.mark.usefixtures("_limits_are_known")
@pytest.mark.parametrize("header", ["X-API-Key: {}", "Authorization: Api-Key {}"])
def test_a_key_opens_with_one_query_from_either_header(
    client: APIClient,
    key: ApiKey,
    header: str,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    name, _, value = header.format(key.text).partition(": ")

    with django_assert_num_queries(1):
        assert get(client, **{name: value}).status_code == 200


def test_a_typo_is_refused_without_a_query(
    client: APIClient, key: ApiKey, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        answer = get(client, **{"X-API-Key": key.text[:-1] + "!"})

    assert answer.json()["code"] == "api_key_invalid"


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", " Bearer "])
def test_the_scheme_may_be_written_in_any_case(client: APIClient, user: User, scheme: str) -> None:
    assert get(client, Authorization=f"{scheme} {access_token(user)}").status_code == 200


def test_the_same_key_twice_is_one_credential(client: APIClient, key: ApiKey) -> None:
    sent = {"X-API-Key": key.text, "Authorization": f"Api-Key {key.text}"}

    assert get(client, **sent).status_code == 200


def test_a_header_wins_over_the_browsers_session(user: User, key: ApiKey) -> None:
    browser = APIClient()
    browser.force_login(UserFactory())

    assert get(browser, **{"X-API-Key": key.text}).json()["email"] == user.email
    assert get(browser, **{"X-API-Key": "broken"}).status_code == 401
    assert get(browser, Authorization="Basic eDp4").status_code == 401


@pytest.mark.usefixtures("_limits_are_known")
def test_a_browsers_session_opens_in_three_queries(
    user: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    browser = APIClient(enforce_csrf_checks=True)
    browser.force_login(user)

    with django_assert_num_queries(3):
        assert get(browser).status_code == 200


def test_a_browser_writes_only_with_the_csrf_token(user: User) -> None:
    browser = APIClient(enforce_csrf_checks=True)
    browser.force_login(user)
    browser.cookies["csrftoken"] = token = "c" * 32

    without = browser.post("/api/v2/auth/logout", {}, format="json")
    with_it = browser.post("/api/v2/auth/logout", {}, format="json", headers={"X-CSRFToken": token})

    assert (without.status_code, without.json()["code"]) == (403, "permission_denied")
    assert with_it.status_code == 204


def test_the_use_of_a_key_is_noted_once_a_minute(user: User) -> None:
    key = ApiKeyFactory(user=user)
    noted = []

    for seconds in (0, 1, 59, 60, 61):
        identity.key_holder(key=key.text, at=NOW + timedelta(seconds=seconds))
        noted.append(ApiKey.objects.get().last_used_at)

    assert noted == [NOW] * 3 + [NOW + timedelta(seconds=60)] * 2


def test_two_servers_note_the_use_of_a_key_once(user: User) -> None:
    key = ApiKeyFactory(user=user)

    counts = [ApiKey.objects.filter(pk=key.pk).note_use(at=NOW) for _ in range(2)]

    assert counts == [1, 0]


def test_a_rotated_key_works_until_its_grace_ends(user: User) -> None:
    key = ApiKeyFactory.create(user=user, revoked_at=NOW + timedelta(hours=1))

    assert identity.key_holder(key=key.text, at=NOW) == key
    with pytest.raises(keys.ApiKeyInvalid):
        identity.key_holder(key=key.text, at=NOW + timedelta(hours=1))


def test_a_made_key_opens_and_only_its_digest_is_kept(user: User) -> None:
    made, text = make_key(user=user, actor=user, name="laptop", at=NOW)

    assert identity.key_holder(key=text, at=NOW) == made
    assert made.scopes == ["read", "write"]
    assert text not in str(ApiKey.objects.values().get())


def test_a_key_made_with_an_older_pepper_still_opens(user: User, settings: Any) -> None:
    _, old = make_key(user=user, actor=user, name="old", at=NOW)
    settings.API_KEY_PEPPERS = settings.API_KEY_PEPPERS | {"10": "new" * 12}

    newer, new = make_key(user=user, actor=user, name="new", at=NOW)

    assert newer.pepper_version == 10
    assert identity.key_holder(key=old, at=NOW).name == "old"
    assert identity.key_holder(key=new, at=NOW).name == "new"


def test_nobody_has_more_than_ten_live_keys(user: User) -> None:
    ApiKeyFactory.create_batch(MOST_LIVE_KEYS, user=user)

    with pytest.raises(TooManyKeys):
        make_key(user=user, actor=user, name="one more", at=NOW)


def test_revoked_and_expired_keys_do_not_count(user: User) -> None:
    ApiKeyFactory.create_batch(MOST_LIVE_KEYS - 1, user=user)
    ApiKeyFactory(user=user, revoked_at=NOW)
    ApiKeyFactory(user=user, expires_at=NOW)

    assert make_key(user=user, actor=user, name="the tenth", at=NOW)
