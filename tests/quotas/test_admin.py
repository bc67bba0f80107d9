"""Quotas in the staff's site."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Action, AuditEntry, User
from quotas.models import Override, TierLimits
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("counting")]
ADD = "admin:quotas_override_add"
PASTE = "admin:quotas_override_paste"


@pytest.fixture
def admin() -> User:
    return UserFactory.create(is_staff=True, is_superuser=True)


@pytest.fixture
def site(admin: User) -> Client:
    client = Client()
    client.force_login(admin)
    return client


@pytest.fixture
def user() -> User:
    return UserFactory.create()


def override(user: User, **typed: str) -> dict[str, str]:
    return {"user": str(user.pk), "reason": "a course", **typed}


def change(one: Any) -> str:
    return reverse(f"admin:quotas_{one._meta.model_name}_change", args=[one.pk])


def test_an_edited_tier_is_stored_and_in_the_audit_log(site: Client, admin: User) -> None:
    free = TierLimits.objects.get(tier="free")
    typed = {"hour": "7", "day": "", "concurrent_jobs": "5", "queries_per_job": "100"}

    answer = site.post(change(free), typed | {"monthly_price": "0.00"})

    assert answer.status_code == 302
    free.refresh_from_db()
    assert (free.hour, free.day, free.concurrent_jobs) == (7, None, 5)
    entry = AuditEntry.objects.get(action=Action.TIER_EDITED)
    assert (entry.actor, entry.object) == (admin.audit_id, "free")
    assert (entry.before, entry.after) == ({"hour": 100, "day": 1000}, {"hour": 7, "day": None})


def test_an_override_is_typed_as_numbers_unlimited_or_nothing(
    site: Client, user: User, admin: User
) -> None:
    answer = site.post(reverse(ADD), override(user, hour="5", day="Unlimited", ai="no"))

    assert answer.status_code == 302
    stored = Override.objects.get()
    assert stored.values == {"hour": 5, "day": None, "ai": False}
    assert (stored.user, stored.made_by, stored.reason) == (user, admin, "a course")
    assert AuditEntry.objects.filter(action=Action.QUOTA_OVERRIDDEN, subject=user.audit_id)


@pytest.mark.parametrize(
    "typed", [{"hour": "five"}, {"hour": "-1"}, {"hour": "9" * 12}, {}, {"hour": "5", "reason": ""}]
)
def test_what_makes_no_sense_is_not_stored(site: Client, user: User, typed: dict[str, str]) -> None:
    answer = site.post(reverse(ADD), override(user, **typed))

    assert answer.status_code == 200
    assert not Override.objects.exists()


def test_an_override_is_shown_as_it_was_typed_and_can_be_changed(site: Client, user: User) -> None:
    site.post(reverse(ADD), override(user, hour="5", day="unlimited", ai="yes"))
    one = Override.objects.get()

    page = site.get(change(one)).content.decode()
    site.post(change(one), {"reason": "a longer course", "hour": "6"})

    assert 'value="5"' in page
    assert 'value="unlimited"' in page
    one.refresh_from_db()
    assert (one.values, one.reason) == ({"hour": 6}, "a longer course")


@pytest.mark.parametrize("where", ["in the list", "on its page"])
def test_deleting_an_override_is_in_the_audit_log(site: Client, user: User, where: str) -> None:
    site.post(reverse(ADD), override(user, hour="5"))
    one = Override.objects.get()

    if where == "in the list":
        sent = {"action": "delete_selected", "_selected_action": [str(one.pk)], "post": "yes"}
        site.post(reverse("admin:quotas_override_changelist"), sent)
    else:
        site.post(reverse("admin:quotas_override_delete", args=[one.pk]), {"post": "yes"})

    assert not Override.objects.exists()
    assert AuditEntry.objects.filter(action=Action.QUOTA_OVERRIDE_REMOVED).count() == 1


def test_windows_are_emptied_from_the_list(site: Client, user: User) -> None:
    site.post(reverse(ADD), override(user, hour="5"))
    one = Override.objects.get()

    sent = {"action": "empty_windows", "_selected_action": [str(one.pk)]}
    sent |= {"post": "yes", "reason": "the course begins"}
    site.post(reverse("admin:quotas_override_changelist"), sent)

    entry = AuditEntry.objects.get(action=Action.QUOTA_RESET, subject=user.audit_id)
    assert entry.after == {"reason": "the course begins"}


HEAD = "email,hour,ai,expires_at,reason"


def test_a_pasted_table_is_shown_first_and_set_when_that_is_confirmed(site: Client) -> None:
    for name in ("ada", "grace"):
        UserFactory(email=f"{name}@lab.example")
    table = (
        f"{HEAD}\nADA@lab.example,5,yes,,a course\ngrace@lab.example,unlimited,,2099-01-01,pays\n"
    )

    shown = site.post(reverse(PASTE), {"table": table})
    before = Override.objects.count()
    site.post(reverse(PASTE), {"table": table, "sure": "yes"})

    assert "ada@lab.example" in shown.text
    assert before == 0
    told = Override.objects.values_list("values", "reason", "expires_at__year")
    assert list(told.order_by("user__email")) == [
        ({"hour": 5, "ai": True}, "a course", None),
        ({"hour": None}, "pays", 2099),
    ]
    assert AuditEntry.objects.filter(action=Action.QUOTA_OVERRIDDEN).count() == 2


def test_a_table_out_of_a_spreadsheet_has_tabs(site: Client) -> None:
    UserFactory(email="ada@lab.example")
    table = "email\tday\treason\r\nada@lab.example\t7\ta course, short\r\n"

    site.post(reverse(PASTE), {"table": table, "sure": "yes"})

    assert Override.objects.get().values == {"day": 7}


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("nobody@lab.example,5,,,a course", "Line 3: nobody has this address."),
        ("ada@lab.example,6,,,a course", "Line 3: this address stands in a line above"),
        ("grace@lab.example,many,,,a course", "Line 3: hour"),
        ("grace@lab.example,5,,,", "Line 3: reason"),
        ("grace@lab.example,,,,a course", "Set at least one value."),
        ("grace@lab.example,5,,2001-01-01,a course", "expires_at is over"),
        ("grace@lab.example,5,,,a course,more", "more cells than"),
    ],
)
def test_of_a_table_with_a_fault_nothing_is_set(site: Client, lines: str, said: str) -> None:
    for name in ("ada", "grace"):
        UserFactory(email=f"{name}@lab.example")
    table = f"{HEAD}\nada@lab.example,5,,,a course\n{lines}"

    page = site.post(reverse(PASTE), {"table": table, "sure": "yes"})

    assert said in page.text
    assert not Override.objects.exists()


@pytest.mark.parametrize("table", ["", "a,b\n1,2", "email,hour\nx,1", HEAD, "email,reason\n\0,a"])
def test_what_is_no_table_is_told_so(site: Client, table: str) -> None:
    page = site.post(reverse(PASTE), {"table": table, "sure": "yes"})

    assert (page.status_code, Override.objects.count()) == (200, 0)
    assert "Nothing was set" in page.text


def test_only_who_may_set_limits_pastes_them(user: User) -> None:
    client = Client()
    client.force_login(UserFactory(is_staff=True))
    table = f"email,hour,reason\n{user.email},5,a course"

    refused = client.post(reverse(PASTE), {"table": table, "sure": "yes"})

    assert (refused.status_code, Override.objects.count()) == (403, 0)
