from datetime import timedelta

import pytest
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, connection
from django.utils import timezone

from accounts.models import ApiKey, Role, Scope, Session, User
from tests.factories import PASSWORD, ApiKeyFactory, SessionFactory, UserFactory

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def test_the_tables_and_columns_bear_the_names_of_the_plan() -> None:
    def columns(table: str) -> set[str]:
        with connection.cursor() as cursor:
            return {
                one.name for one in connection.introspection.get_table_description(cursor, table)
            }

    assert columns("users") >= {
        "id",
        "email",
        "hashed_password",
        "full_name",
        "tier",
        "is_active",
        "is_admin",
        "created_at",
        "updated_at",
    }
    assert columns("api_keys") >= {
        "id",
        "user_id",
        "key_hash",
        "key_prefix",
        "name",
        "last_used_at",
        "created_at",
        "revoked_at",
    }


def test_the_migrations_make_what_the_models_say() -> None:
    call_command("makemigrations", "accounts", check=True, dry_run=True, verbosity=0)


def test_an_address_is_kept_in_lower_case() -> None:
    user = User.objects.create_user("  Ada@Example.ORG ", PASSWORD)

    assert user.email == "ada@example.org"
    assert User.objects.get_by_natural_key("ADA@example.org") == user


def test_an_address_is_taken_whichever_way_it_is_written() -> None:
    User.objects.create_user("ada@example.org")

    with pytest.raises(IntegrityError):
        User.objects.create_user("ADA@example.org")


def test_the_database_refuses_an_address_in_capitals() -> None:
    with pytest.raises(IntegrityError):
        UserFactory(email="Ada@example.org")


def test_a_form_puts_the_address_right() -> None:
    user = User(email="Ada@Example.org", password="!")

    user.full_clean()

    assert user.email == "ada@example.org"


def test_a_form_refuses_an_address_that_is_taken_in_other_letters() -> None:
    UserFactory(email="ada@example.org")

    with pytest.raises(ValidationError):
        User(email="Ada@Example.org", password="!").full_clean()


def test_the_database_refuses_an_unknown_tier() -> None:
    with pytest.raises(IntegrityError):
        UserFactory(tier="platinum")


def test_the_database_refuses_an_admin_who_may_not_enter() -> None:
    with pytest.raises(IntegrityError):
        UserFactory(is_superuser=True, is_staff=False)


@pytest.mark.parametrize("scopes", [[], ["admin"], ["read", "admin"]])
def test_the_database_refuses_unknown_scopes(scopes: list[str]) -> None:
    with pytest.raises(IntegrityError):
        ApiKeyFactory(scopes=scopes)


def test_ids_are_uuids_in_the_order_of_their_making() -> None:
    users = UserFactory.create_batch(5)

    assert [user.id.version for user in users] == [7] * 5
    assert sorted(users, key=lambda user: user.id) == users


@pytest.mark.parametrize(
    ("rights", "roles"),
    [
        ({}, [Role.USER]),
        ({"is_staff": True}, [Role.USER, Role.SUPPORT]),
        ({"is_staff": True, "is_superuser": True}, [Role.USER, Role.ADMIN]),
    ],
)
def test_roles_follow_from_rights(rights: dict[str, bool], roles: list[Role]) -> None:
    assert UserFactory(**rights).roles == roles


def test_a_superuser_is_an_admin() -> None:
    user = User.objects.create_superuser("root@example.org", PASSWORD)

    assert user.is_admin
    assert user.is_staff


def test_a_user_without_a_password_cannot_sign_in() -> None:
    user = User.objects.create_user("ada@example.org")

    assert not user.has_usable_password()
    assert authenticate(username="ada@example.org", password="") is None


def test_rows_tell_who_they_are() -> None:
    key = ApiKeyFactory(name="laptop", user__email="ada@example.org")

    assert str(key.user) == "ada@example.org"
    assert str(key) == f"laptop (oo_{key.prefix}…)"
    assert str(key.user_id) in str(SessionFactory(user=key.user))


@pytest.mark.parametrize(
    ("fields", "is_live"),
    [
        ({}, True),
        ({"expires_at": NOW}, False),
        ({"expires_at": NOW + timedelta(seconds=1)}, True),
        ({"revoked_at": NOW}, False),
        ({"revoked_at": NOW + timedelta(seconds=1)}, True),
    ],
)
def test_row_and_query_agree_on_which_keys_live(
    fields: dict[str, object], *, is_live: bool
) -> None:
    key = ApiKeyFactory(**fields)

    assert key.is_live(at=NOW) is is_live
    assert ApiKey.objects.live(at=NOW).exists() is is_live


@pytest.mark.parametrize(
    ("fields", "is_live"),
    [
        ({}, True),
        ({"expires_at": NOW}, False),
        ({"ended_at": NOW - timedelta(days=1)}, False),
    ],
)
def test_row_and_query_agree_on_which_sessions_live(
    fields: dict[str, object], *, is_live: bool
) -> None:
    session = SessionFactory(**fields)

    assert session.is_live(at=NOW) is is_live
    assert Session.objects.live(at=NOW).exists() is is_live


def test_revoking_also_ends_a_grace_but_leaves_history_alone() -> None:
    later = ApiKeyFactory(revoked_at=NOW + timedelta(days=1))
    gone = ApiKeyFactory(revoked_at=NOW - timedelta(days=1))

    count = ApiKey.objects.revoke(at=NOW)

    assert count == 1
    later.refresh_from_db()
    gone.refresh_from_db()
    assert later.revoked_at == NOW
    assert gone.revoked_at == NOW - timedelta(days=1)


def test_a_key_allows_its_scopes_only() -> None:
    key = ApiKeyFactory(scopes=["read"])

    assert key.allows(Scope.READ)
    assert not key.allows(Scope.WRITE)
