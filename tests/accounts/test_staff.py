"""What staff see and change of users, over HTTP."""

from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from accounts.models import Action, AuditEntry, Role, User
from quotas.services import effective
from tests.accounts.calls import bearer, is_signed_in
from tests.factories import ApiKeyFactory, UserFactory, access_token

pytestmark = pytest.mark.django_db
USERS = "/api/v2/admin/users"


def signed_in_as(**fields: object) -> APIClient:
    client = APIClient()
    token = access_token(UserFactory.create(**fields))
    client.credentials(HTTP_AUTHORIZATION=bearer(token)["Authorization"])
    return client


@pytest.fixture
def admin() -> APIClient:
    return signed_in_as(email="root@example.org", is_staff=True, is_superuser=True)


@pytest.fixture
def support() -> APIClient:
    return signed_in_as(email="help@example.org", is_staff=True)


def change(client: APIClient, user: User, **changes: object) -> Any:
    return client.patch(f"{USERS}/{user.pk}", changes, format="json")


def test_staff_find_users_by_address_name_tier_and_state(support: APIClient) -> None:
    UserFactory(email="ada@lab.example", full_name="Ada Lovelace", tier="pro")
    UserFactory(email="grace@lab.example", is_active=False)

    def found(**wanted: str) -> set[str]:
        return {one["email"] for one in support.get(USERS, wanted).json()["results"]}

    everybody = {"ada@lab.example", "grace@lab.example", "help@example.org"}
    assert found() == found(q="") == everybody
    assert found(q="LOVELACE") == {"ada@lab.example"}
    assert found(q="lab.example") == {"ada@lab.example", "grace@lab.example"}
    assert found(tier="pro") == {"ada@lab.example"}
    assert found(is_active="false") == {"grace@lab.example"}
    assert found(q="lab", is_active="true", tier="pro") == {"ada@lab.example"}
    assert found(q="%") == found(q="_nobody") == set()


@pytest.mark.parametrize(
    "wanted", [{"tier": "gold"}, {"is_active": "perhaps"}, {"q": "\0"}, {"q": "x" * 256}]
)
def test_a_filter_that_means_nothing_is_refused(support: APIClient, wanted: dict[str, str]) -> None:
    answer = support.get(USERS, wanted)

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == list(wanted)


def test_staff_see_a_user_without_a_secret(support: APIClient) -> None:
    user = UserFactory.create(full_name="Ada")

    answer = support.get(f"{USERS}/{user.pk}")

    assert answer.json().keys() == {
        *("id", "email", "full_name", "tier", "roles", "is_active", "is_admin", "email_verified"),
        *("created_at", "updated_at", "last_login", "usage_today"),
    }
    assert user.password not in answer.content.decode()


def test_a_user_who_is_not_there_is_not_found(admin: APIClient) -> None:
    for path in (f"{USERS}/{uuid4()}", f"{USERS}/1"):
        assert admin.get(path).status_code == 404
        assert admin.patch(path, {"tier": "pro"}, format="json").status_code == 404


def test_an_admin_changes_tier_roles_and_state(admin: APIClient) -> None:
    user = UserFactory.create()

    answer = change(admin, user, tier="pro", roles=["support"], is_active=False)

    user.refresh_from_db()
    assert answer.status_code == 200
    assert answer.json()["roles"] == ["user", "support"]
    assert (user.tier, user.roles, user.is_active) == ("pro", [Role.USER, Role.SUPPORT], False)


def test_changes_are_audited_with_who_before_and_after(admin: APIClient) -> None:
    user = UserFactory.create()
    root = User.objects.get(email="root@example.org")

    change(admin, user, tier="enterprise", roles=["admin"])

    entries = {one.action: one for one in AuditEntry.objects.all()}
    assert entries.keys() == {Action.TIER_CHANGED, Action.ROLE_CHANGED}
    tier, role = entries[Action.TIER_CHANGED], entries[Action.ROLE_CHANGED]
    assert {(one.actor, one.subject) for one in (tier, role)} == {(root.audit_id, user.audit_id)}
    assert (tier.before, tier.after) == ({"tier": "free"}, {"tier": "enterprise"})
    assert (role.before, role.after) == ({"roles": ["user"]}, {"roles": ["user", "admin"]})
    assert tier.address == "127.0.0.1"


def test_what_is_the_same_already_is_no_change(admin: APIClient) -> None:
    user = UserFactory.create()

    assert change(admin, user, tier="free", is_active=True).status_code == 200
    assert not AuditEntry.objects.exists()


def test_disabling_ends_sessions_and_keys_at_once_and_enabling_brings_no_session_back(
    admin: APIClient,
) -> None:
    user = UserFactory.create()
    token, key, client = access_token(user), ApiKeyFactory(user=user), APIClient()

    change(admin, user, is_active=False)
    by_key = client.get("/api/v2/auth/me", headers={"X-API-Key": key.text}).status_code
    was_signed_in = is_signed_in(client, token)
    change(admin, user, is_active=True)

    assert (was_signed_in, by_key) == (False, 401)
    assert not is_signed_in(client, token)


def test_a_role_is_in_force_at_the_next_request(admin: APIClient) -> None:
    other = signed_in_as(email="second@example.org", is_staff=True, is_superuser=True)
    second = User.objects.get(email="second@example.org")
    assert other.get(USERS).status_code == 200

    change(admin, second, roles=["user"])

    assert other.get(USERS).status_code == 403


@pytest.mark.parametrize("changes", [{"roles": []}, {"roles": ["support"]}, {"is_active": False}])
def test_the_last_admin_stays(admin: APIClient, changes: dict[str, object]) -> None:
    root = User.objects.get(email="root@example.org")
    UserFactory(is_staff=True, is_superuser=True, is_active=False)

    answer = change(admin, root, **changes)

    root.refresh_from_db()
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert root.is_admin
    assert root.is_active


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"tier": "gold"}, "tier"),
        ({"tier": None}, "tier"),
        ({"is_active": "no"}, "is_active"),
        ({"is_active": None}, "is_active"),
        ({"roles": "admin"}, "roles"),
        ({"roles": ["root"]}, "roles.0"),
        ({"roles": None}, "roles"),
    ],
)
def test_what_will_not_do_is_named(
    admin: APIClient, changes: dict[str, object], field: str
) -> None:
    user = UserFactory.create()

    answer = change(admin, user, **changes)

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]
    assert not AuditEntry.objects.exists()


def test_staff_change_nothing_else_of_a_user(admin: APIClient) -> None:
    user = UserFactory.create()
    before: dict[str, object] = dict(User.objects.values().get(pk=user.pk))
    more = {"email": "x@example.org", "password": "x", "email_verified": True, "token_version": 9}

    assert change(admin, user, **more, id=str(uuid4()), is_superuser=True).status_code == 200
    after: dict[str, object] = dict(User.objects.values().get(pk=user.pk))
    assert {name for name in after if after[name] != before[name]} <= {"updated_at"}


def test_the_list_takes_as_many_queries_for_fifty_users_as_for_one(
    admin: APIClient, django_assert_max_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    UserFactory.create_batch(50)
    monkeypatch.setattr(effective, "SECONDS", 600)
    admin.get(USERS)  # the caller's limits are known from here on

    with django_assert_max_num_queries(3):  # who it is, the users, what they used
        admin.get(USERS, {"page_size": 50})
