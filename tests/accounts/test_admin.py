from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts import audit
from accounts.models import Action, ApiKey, AuditEntry, Mail, MailKind, User
from common import request_id
from tests.accounts.calls import is_signed_in
from tests.factories import PASSWORD, ApiKeyFactory, SessionFactory, UserFactory, access_token

pytestmark = pytest.mark.django_db
USERS = "/admin/accounts/user/"
KEYS = "/admin/accounts/apikey/"
SESSIONS = "/admin/accounts/session/"
LOG = "/admin/accounts/auditentry/"
SURE = {"post": "yes", "reason": "they asked for it"}


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

    sent = {"email": made.email, "tier": "pro", "is_active": "on", "reason": "they pay"}
    staff.post(f"{USERS}{made.pk}/change/", sent)

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

    staff.post(KEYS, SURE | {"action": "revoke", "_selected_action": [str(chosen.pk)]})

    assert ApiKey.objects.get(pk=chosen.pk).revoked_at is not None
    assert ApiKey.objects.get(pk=other.pk).revoked_at is None


def change(staff: Client, user: User, **fields: object) -> Any:
    sent: dict[str, Any] = {"email": user.email, "full_name": user.full_name}
    sent |= {"tier": user.tier, "reason": SURE["reason"]}
    flags = dict.fromkeys(("is_active", "is_staff", "is_superuser", "email_verified"), "on")
    sent |= {name: on for name, on in flags.items() if getattr(user, name)}
    sent = {name: value for name, value in (sent | fields).items() if value is not None}
    return staff.post(f"{USERS}{user.pk}/change/", sent)


def lines() -> list[tuple[str, Any, Any]]:
    return list(
        AuditEntry.objects.exclude(action=Action.SIGNED_IN)
        .order_by("id")
        .values_list("action", "before", "after")
    )


def test_tier_and_roles_are_changed_by_the_service_and_audited(staff: Client) -> None:
    user = UserFactory.create()

    change(staff, user, tier="pro", is_superuser="on")

    why = {"reason": SURE["reason"]}
    user.refresh_from_db()
    assert (user.tier, user.is_admin, user.is_staff) == ("pro", True, True)
    assert lines() == [
        (Action.TIER_CHANGED, {"tier": "free"}, {"tier": "pro"} | why),
        (Action.ROLE_CHANGED, {"roles": ["user"]}, {"roles": ["user", "admin"]} | why),
    ]


@pytest.mark.parametrize("fields", [{"tier": "pro"}, {"is_active": None}, {"is_staff": "on"}])
def test_what_somebody_may_is_not_changed_without_saying_why(
    staff: Client, fields: dict[str, Any]
) -> None:
    user = UserFactory.create()

    page = change(staff, user, **fields, reason="")

    assert "Say why" in page.text
    assert lines() == []


def test_disabling_ends_the_sessions(staff: Client) -> None:
    user = UserFactory.create()
    session = SessionFactory(user=user)

    change(staff, user, is_active=None)

    user.refresh_from_db()
    session.refresh_from_db()
    assert not user.is_active
    assert user.token_version == 1
    assert session.ended_at is not None


def test_that_a_name_was_changed_is_audited_without_the_name(staff: Client) -> None:
    user = UserFactory.create(full_name="Ada")

    change(staff, user, full_name="Grace", email="grace@lab.example", email_verified="on")

    user.refresh_from_db()
    assert (user.full_name, user.email) == ("Grace", "grace@lab.example")
    assert lines() == [
        (Action.ACCOUNT_CHANGED, None, {"changed": ["email", "full_name", "email_verified"]})
    ]


def test_the_last_admin_is_told_so_and_stays(staff: Client) -> None:
    root = User.objects.get()

    page = change(staff, root, is_superuser=None)

    root.refresh_from_db()
    assert root.is_admin
    assert page.status_code == 302
    assert "last active admin" in staff.get(page["Location"]).content.decode()


@pytest.mark.parametrize(
    ("action", "field", "value"),
    [
        ("deactivate", "is_active", False),
        ("make_pro", "tier", "pro"),
        ("make_enterprise", "tier", "enterprise"),
        ("end_sessions", "token_version", 1),
    ],
)
def test_an_action_changes_the_chosen_users_and_no_other(
    staff: Client, action: str, field: str, value: object
) -> None:
    chosen = UserFactory.create_batch(2)
    other = UserFactory.create()

    staff.post(
        USERS, SURE | {"action": action, "_selected_action": [str(one.pk) for one in chosen]}
    )

    changed = User.objects.filter(pk__in=[one.pk for one in chosen])
    assert set(changed.values_list(field, flat=True)) == {value}
    assert getattr(User.objects.get(pk=other.pk), field) == getattr(other, field)


def test_a_disabled_user_is_enabled_and_made_free_again(staff: Client) -> None:
    user = UserFactory.create(is_active=False, tier="pro")

    for action in ("activate", "make_free"):
        staff.post(USERS, SURE | {"action": action, "_selected_action": [str(user.pk)]})

    user.refresh_from_db()
    assert (user.is_active, user.tier) == (True, "free")


def test_an_action_that_one_user_forbids_changes_none(staff: Client) -> None:
    user, root = UserFactory.create(), User.objects.get(email="root@example.org")
    chosen = [str(user.pk), str(root.pk)]

    sent = SURE | {"action": "deactivate", "_selected_action": chosen}
    page = staff.post(USERS, sent, follow=True)

    user.refresh_from_db()
    assert "last active admin" in page.content.decode()
    assert user.is_active


def test_setting_somebodys_password_ends_their_sessions_and_tells_them(staff: Client) -> None:
    user = UserFactory.create()
    token = access_token(user)
    new = {"password1": "eight green herons", "password2": "eight green herons"}

    staff.post(f"{USERS}{user.pk}/password/", new | {"usable_password": "true"})

    user.refresh_from_db()
    assert user.check_password("eight green herons")
    assert not is_signed_in(APIClient(), token)
    assert Mail.objects.get().kind == MailKind.PASSWORD_CHANGED
    assert Action.PASSWORD_CHANGED in {line[0] for line in lines()}


def test_a_password_that_will_not_do_changes_nothing(staff: Client) -> None:
    user = UserFactory.create()
    weak = {"password1": "short", "password2": "short", "usable_password": "true"}

    page = staff.post(f"{USERS}{user.pk}/password/", weak)

    assert page.status_code == 200
    assert not Mail.objects.exists()
    assert lines() == []


def test_deleting_a_user_erases_them_from_the_sites_own_log_too(staff: Client) -> None:
    user = UserFactory.create(email="canary@example.org")
    SessionFactory(user=user)
    change(staff, user, full_name="Canary")

    staff.post(f"{USERS}{user.pk}/delete/", {"post": "yes"})

    assert not User.objects.filter(pk=user.pk).exists()
    assert not LogEntry.objects.filter(object_repr__contains="canary").exists()
    assert Action.ACCOUNT_DELETED in {line[0] for line in lines()}


def test_nobody_deletes_themselves_here(staff: Client) -> None:
    root = User.objects.get()
    chosen = {"action": "delete_selected", "_selected_action": [str(root.pk)], "post": "yes"}

    by_page = staff.post(f"{USERS}{root.pk}/delete/", {"post": "yes"})
    staff.post(USERS, chosen)

    assert by_page.status_code == 403
    assert User.objects.filter(pk=root.pk).exists()


def test_many_users_can_be_deleted(staff: Client) -> None:
    users = UserFactory.create_batch(2)
    chosen = {"action": "delete_selected", "_selected_action": [str(one.pk) for one in users]}

    staff.post(USERS, chosen | {"post": "yes"})

    assert User.objects.count() == 1


def test_making_a_user_is_audited(staff: Client) -> None:
    passwords = {"password1": PASSWORD, "password2": PASSWORD, "usable_password": "true"}

    staff.post(f"{USERS}add/", {"email": "ada@example.org"} | passwords)

    assert lines() == [(Action.ADMIN_ADDED, None, None)]


def test_a_session_can_be_ended(staff: Client) -> None:
    chosen, other = SessionFactory.create_batch(2)

    staff.post(SESSIONS, SURE | {"action": "end", "_selected_action": [str(chosen.pk)]})

    chosen.refresh_from_db()
    other.refresh_from_db()
    assert chosen.ended_at is not None
    assert other.ended_at is None


def test_no_page_shows_what_a_session_is_held_by(staff: Client) -> None:
    session = SessionFactory(token_digest="d" * 64, browser_key="k" * 32)

    page = staff.get(f"{SESSIONS}{session.pk}/change/").content.decode()

    assert "d" * 64 not in page
    assert "k" * 32 not in page


def test_the_log_is_read_by_address_request_and_action(staff: Client) -> None:
    ada, grace = UserFactory(email="ada@lab.example"), UserFactory(email="grace@lab.example")
    with request_id.bound("the-request"):
        audit.record(Action.TIER_CHANGED, at=timezone.now(), subject=ada, after={"tier": "<b>"})
    audit.record(Action.KEY_MADE, at=timezone.now(), actor=grace, thing="prefix01")

    def shown(**query: str) -> str:
        return staff.get(LOG, query).content.decode()

    assert "ada@lab.example" in shown()
    assert "grace@lab.example" not in shown(q="ada@lab")
    assert "ada@lab.example" in shown(q="the-request")
    assert "grace@lab.example" in shown(q="prefix01", action=Action.KEY_MADE)
    assert "no-such-thing" not in shown(q="nobody")
    entry = AuditEntry.objects.get(action=Action.TIER_CHANGED)
    assert "&lt;b&gt;" in staff.get(f"{LOG}{entry.pk}/change/").content.decode()


def test_a_mail_that_was_given_up_can_be_tried_again(staff: Client) -> None:
    now = timezone.now()
    given_up = Mail.objects.create(
        kind=MailKind.PASSWORD_RESET, address="a@lab.example", given_up_at=now, attempts=12
    )
    sent = Mail.objects.create(kind=MailKind.PASSWORD_RESET, address="b@lab.example", sent_at=now)
    chosen = [str(given_up.pk), str(sent.pk)]

    sent_again = SURE | {"action": "send_again", "_selected_action": chosen}
    staff.post("/admin/accounts/mail/", sent_again)

    assert list(Mail.objects.due(at=timezone.now())) == [given_up]
    entry = AuditEntry.objects.get(action=Action.MAILS_TRIED_AGAIN)
    assert entry.actor == User.objects.get(email="root@example.org").audit_id
    assert entry.after == {"mails": 1}
