from typing import Any

import pytest
from django.test import Client

from accounts.models import ApiKey, User
from tests.factories import PASSWORD, ApiKeyFactory, UserFactory

pytestmark = pytest.mark.django_db
USERS = "/admin/accounts/user/"
KEYS = "/admin/accounts/apikey/"


@pytest.fixture
def staff() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root@example.org"))
    return client


def test_an_admin_signs_in_with_the_address_in_any_case() -> None:
    User.objects.create_superuser("root@example.org", PASSWORD)
    sent = {"username": "Root@example.org", "password": PASSWORD, "next": "/admin/"}

    assert Client().post("/admin/login/", sent).status_code == 302


def test_others_do_not_get_in() -> None:
    client = Client()
    client.force_login(UserFactory())

    assert client.get("/admin/").status_code == 302


def test_users_are_found_by_name_and_address(staff: Client) -> None:
    UserFactory(email="ada@example.org", full_name="Ada Lovelace")
    UserFactory(email="grace@example.org")

    page = staff.get(USERS, {"q": "lovelace", "tier": "free"}).content.decode()

    assert "ada@example.org" in page
    assert "grace@example.org" not in page


def test_a_user_can_be_made_and_changed(staff: Client) -> None:
    passwords = {"password1": PASSWORD, "password2": PASSWORD, "usable_password": "true"}
    staff.post(f"{USERS}add/", {"email": "Ada@Example.org"} | passwords)
    made = User.objects.get(email="ada@example.org")

    staff.post(f"{USERS}{made.pk}/change/", {"email": made.email, "tier": "pro", "is_active": "on"})

    made.refresh_from_db()
    assert made.check_password(PASSWORD)
    assert made.tier == "pro"


def test_the_form_of_a_user_opens_and_does_not_show_the_hash(staff: Client) -> None:
    user = UserFactory.create()

    page = staff.get(f"{USERS}{user.pk}/change/").content.decode()

    assert user.email in page
    assert user.password.rpartition("$")[2] not in page


def test_a_key_is_shown_without_its_hash(staff: Client) -> None:
    key = ApiKeyFactory(name="laptop")

    page = staff.get(f"{KEYS}{key.pk}/change/").content.decode()

    assert key.prefix in page
    assert key.key_hash not in page


def test_keys_are_neither_made_nor_edited_here(staff: Client) -> None:
    key = ApiKeyFactory(name="laptop")

    assert staff.get(f"{KEYS}add/").status_code == 403
    assert staff.post(f"{KEYS}{key.pk}/change/", {"name": "other"}).status_code == 403


def test_keys_can_be_revoked(staff: Client) -> None:
    chosen, other = ApiKeyFactory.create_batch(2)

    staff.post(KEYS, {"action": "revoke", "_selected_action": [str(chosen.pk)]})

    assert ApiKey.objects.get(pk=chosen.pk).revoked_at is not None
    assert ApiKey.objects.get(pk=other.pk).revoked_at is None


@pytest.mark.parametrize("path", [USERS, KEYS])
def test_a_list_takes_as_many_queries_for_fifty_rows_as_for_one(
    staff: Client, path: str, django_assert_max_num_queries: Any
) -> None:
    ApiKeyFactory.create_batch(50)

    with django_assert_max_num_queries(6):
        assert staff.get(path).status_code == 200
