"""The staff's site as a whole: what leads where, what is told first, and what leaves it as a file."""

import csv
import io
import re
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts import audit
from accounts.models import Action, ApiKey, AuditEntry, User
from common import estimating
from common.staff_pages import confirming, exporting, paging
from omicsoracle.staff import dashboard
from omicsoracle.staff.navigation import GROUPS
from quotas.models import Override
from tests.accounts.test_admin_roles import MAY_OPEN, signed_in_as
from tests.factories import ApiKeyFactory, SessionFactory, UserFactory
from tests.history.conftest import asked

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey")]
USERS, SEARCH = "/admin/accounts/user/", "/admin/search/"


@pytest.fixture(autouse=True)
def _nothing_is_known() -> Iterator[None]:
    dashboard.forget()
    yield
    dashboard.forget()


@pytest.fixture
def staff() -> Client:
    return signed_in_as("admin")


@pytest.fixture
def support() -> Client:
    return signed_in_as("support")


def sidebar(client: Client) -> set[str]:
    groups = client.get(reverse("admin:index")).context["sidebar_navigation"]
    return {item["link"] for group in groups for item in group["items"]}


def list_of(model: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def test_every_list_is_in_the_sidebar_once() -> None:
    named = [model for items in GROUPS.values() for _, _, model in items]

    assert sorted(named) == sorted(model._meta.label_lower for model in admin.site._registry)


@pytest.mark.parametrize("role", ["support", "admin"])
def test_the_sidebar_leads_where_a_role_may_go_and_nowhere_else(role: str) -> None:
    may = {list_of(model) for model, of in MAY_OPEN.items() if role in of}

    assert sidebar(signed_in_as(role)) == may | {reverse("admin:index"), reverse("flower")}


def test_the_dashboard_tells_how_all_goes(staff: Client) -> None:
    UserFactory(tier="pro")

    page = staff.get("/admin/")

    told = {
        card.title: {figure.name: str(figure.value) for figure in card.figures}
        for card in page.context["cards"]
    }
    assert set(told) == set(dashboard.CARDS)
    assert told["People"] == {"users": "2", "on free": "1", "on pro": "1", "new today": "2"}
    assert told["Work"]["queries that wait"] == "0"
    assert told["Health"]["database"] == "ok"
    assert told["Health"]["breaker ncbi-geo"] == "closed"


def test_the_dashboard_shows_a_role_only_what_it_may_see(support: Client) -> None:
    titles = {card.title for card in support.get("/admin/").context["cards"]}

    assert titles == set(dashboard.CARDS) - {"Use"}


def test_nothing_of_the_dashboard_runs_inline(staff: Client) -> None:
    page = staff.get("/admin/")

    assert re.findall(r"<style|<script(?![^>]*\bsrc=)|\son\w+=", page.text) == []
    for needed in ("/static/staff/site.css", "/static/staff/site.js"):
        assert needed in page.text
        with closing(staff.get(needed)) as answer:
            assert answer.status_code == 200


def test_what_cannot_be_found_out_does_not_take_the_rest_away(
    staff: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise OSError

    monkeypatch.setattr(dashboard.backups, "last_made_at", away)

    page = staff.get("/admin/")

    cards = {card.title: card.figures for card in page.context["cards"]}
    assert [figure.name for figure in cards["Health"]] == ["not known"]
    assert len(cards["People"]) > 1


def test_large_tables_are_estimated_and_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(estimating, "EXACT_UP_TO", 2)
    UserFactory.create_batch(3)
    UserFactory.create_batch(2, tier="pro")
    with connection.cursor() as cursor:
        cursor.execute("analyze users")

    told = estimating.by_value(User.objects.all(), "tier")

    assert str(estimating.rows(User.objects.all())) == "about 5"
    assert {tier: str(number) for tier, number in told.items()} == {
        "free": "about 3",
        "pro": "about 2",
    }


def test_a_person_is_found_by_part_of_the_name_and_a_key_by_its_prefix(staff: Client) -> None:
    key = ApiKeyFactory(user=UserFactory(email="ada@lab.example", full_name="Ada Lovelace"))

    by_name = staff.get(SEARCH, {"s": "lovel", "extended": "1"}).text
    by_prefix = staff.get(SEARCH, {"s": key.prefix, "extended": "1"}).text

    assert reverse("admin:accounts_user_change", args=[key.user.pk]) in by_name
    assert reverse("admin:accounts_apikey_change", args=[key.pk]) in by_prefix


@pytest.mark.parametrize("sent", [{}, {"s": ""}, {"s": "\0\0\0\0"}, {"s": "a" * 9000, "page": "x"}])
def test_no_search_fails(staff: Client, sent: dict[str, str]) -> None:
    assert staff.get(SEARCH, sent).status_code == 200


def test_a_page_of_a_person_leads_to_all_that_is_theirs(staff: Client) -> None:
    person = UserFactory.create()
    ApiKeyFactory(user=person, name="theirs"), ApiKeyFactory(name="of another")
    SessionFactory(user=person)
    asked(person)
    audit.record(Action.KEY_MADE, at=timezone.now(), subject=person)
    Override.objects.create(user=person, values={"hour": 5}, reason="a course")

    page = staff.get(f"{USERS}{person.pk}/change/")

    told = {
        card.title: {one.name: one.value for one in card.figures}
        for card in page.context["person"].cards
    }
    links = dict(page.context["person"].links)
    assert told["Limits"]["this hour"] == "0 of 5"
    assert told["Limits"]["override"] == "a course (until it is removed)"
    assert sum(int(count) for count in told["Questions in 30 days"].values()) == 1
    assert {
        name: len(staff.get(link).context["cl"].result_list)
        for name, link in links.items()
        if "other" not in name
    } == {
        **dict.fromkeys(("sessions", "API keys", "questions", "override", "done to them"), 1),
        **dict.fromkeys(("batch jobs", "workflows", "usage by hour", "requests"), 0),
        **dict.fromkeys(("changes of tier", "done by them"), 0),
    }
    assert staff.get(links["set other limits"]).status_code == 200


def test_support_is_not_led_where_it_may_not_go(support: Client) -> None:
    person = UserFactory.create()

    links = dict(support.get(f"{USERS}{person.pk}/change/").context["person"].links)

    assert {support.get(link).status_code for link in links.values()} == {200}
    assert "done to them" not in links


def rows_of(answer: Any) -> list[dict[str, str]]:
    text = b"".join(answer.streaming_content).decode()
    return list(csv.DictReader(io.StringIO(text)))


def test_a_list_is_exported_as_it_is_filtered_and_without_formulas(staff: Client) -> None:
    UserFactory(email="ada@lab.example", full_name="=cmd()", tier="pro")
    UserFactory(email="grace@lab.example")

    answer = staff.get(f"{USERS}export/", {"tier__exact": "pro"})

    (row,) = rows_of(answer)
    assert (row["email"], row["full_name"]) == ("ada@lab.example", "'=cmd()")
    assert "password" not in row
    entry = AuditEntry.objects.get(action=Action.LIST_EXPORTED)
    assert entry.after == {"list": "accounts.user", "rows": 1, "by": ["tier__exact"]}


def test_an_export_goes_through_all_pages(staff: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "AT_ONCE", 2)
    UserFactory.create_batch(5)

    emails = [row["email"] for row in rows_of(staff.get(f"{USERS}export/"))]

    assert sorted(emails) == sorted(User.objects.values_list("email", flat=True))


@pytest.mark.parametrize("model", ["accounts/user", "accounts/auditentry", "quotas/usagehour"])
def test_only_an_admin_takes_lists_away(model: str, staff: Client) -> None:
    for role in ("nobody", "user", "support"):
        assert signed_in_as(role).get(f"/admin/{model}/export/").status_code in {302, 403}
    assert not AuditEntry.objects.filter(action=Action.LIST_EXPORTED).exists()

    assert staff.get(f"/admin/{model}/export/").status_code == 200


def test_what_is_too_much_for_a_file_is_told(
    staff: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "MOST", 1)
    UserFactory()

    page = staff.get(f"{USERS}export/", follow=True)
    unknown = staff.get(f"{USERS}export/", {"id__exact": "x"}, follow=True)

    assert "Set a filter first" in page.text
    assert unknown.status_code == 200
    assert not AuditEntry.objects.filter(action=Action.LIST_EXPORTED).exists()


def test_a_long_list_is_not_counted_to_its_end(
    staff: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "MOST", 3)
    UserFactory.create_batch(4)

    page = staff.get(USERS)

    assert page.context["cl"].result_count == 3
    assert "and more: search" in page.text


@pytest.mark.parametrize("typed", ["zq", "zq@", "Z.Q"])
@pytest.mark.parametrize("page", [USERS, "/admin/accounts/session/"])
def test_what_no_index_knows_parts_of_is_looked_up_as_a_beginning(
    page: str, typed: str, staff: Client
) -> None:
    for email in (f"{typed.lower()}1@lab.example", f"a{typed.lower()}1@lab.example"):
        SessionFactory(user=UserFactory(email=email))

    (found,) = staff.get(page, {"q": typed}).context["cl"].result_list

    assert getattr(found, "user", found).email.startswith(typed.lower())


def test_nobody_has_a_large_table_counted_for_each_choice(staff: Client) -> None:
    with CaptureQueriesContext(connection) as queries:
        staff.get(USERS, {"_facets": "True"})

    counts = [one["sql"] for one in queries if "COUNT(" in one["sql"]]
    assert all("LIMIT" in sql for sql in counts)


def test_no_more_rows_are_changed_at_once_than_a_person_can_look_at(
    staff: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confirming, "MOST_AT_ONCE", 2)
    keys = ApiKeyFactory.create_batch(3)
    sent = {"action": "revoke", "select_across": "1", "_selected_action": [str(keys[0].pk)]}

    page = staff.post("/admin/accounts/apikey/", sent | {"post": "yes"}, follow=True)

    assert "rows can be changed at once" in page.text
    assert ApiKey.objects.live(at=timezone.now()).count() == 3


def test_days_narrow_a_list_to_their_whole_length(staff: Client) -> None:
    now = timezone.now()
    for days in (0, 1, 2):
        UserFactory(email=f"{days}@lab.example", created_at=now - timedelta(days=days))
    yesterday = f"{now - timedelta(days=1):%Y-%m-%d}"

    found = staff.get(USERS, {"created_at_from": yesterday, "created_at_to": yesterday})

    assert [one.email for one in found.context["cl"].result_list] == ["1@lab.example"]


@pytest.mark.parametrize("day", ["", "soon", "9999-12-31", "0001-01-01", "\0", "2026-02-30"])
def test_no_day_fails(staff: Client, day: str) -> None:
    sent = {"created_at_from": day, "created_at_to": day}

    assert staff.get(USERS, sent).status_code in {200, 302}
