"""The staff's site: who may open and do what, for every page of every model and every action."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from waffle.models import Switch

from accounts import audit
from accounts.models import Action, ApiKey, AuditEntry, Mail, MailKind, Session, User
from batch.models import BatchItem, BatchJob, Delivery
from caching.keys import Key
from caching.models import SearchCache
from caching.services import Rendered, remember
from common.ids import uuid7
from discovery.models import Dataset, Harvest, Platform, Sample, Workflow
from history.models import QueryHistory
from quotas.models import Override, TierChange, TierLimits, UsageHour, UsageLog
from tests.factories import ApiKeyFactory, SessionFactory, UserFactory, WorkflowFactory
from tests.history.conftest import asked

pytestmark = pytest.mark.django_db
RIGHTS: dict[str, dict[str, bool]] = {
    "nobody": {},
    "user": {},
    "support": {"is_staff": True},
    "admin": {"is_staff": True, "is_superuser": True},
}
NOW = timezone.now()
ONE = {"user": None, "method": "GET", "status_code": 200, "execution_time_ms": 5}
SUM = {"user": None, "method": "GET", "status_code": 200, "requests": 1, "cost": 1, "total_ms": 5}
VIEWS = ("changelist", "add", "change", "history", "delete")
READ = {"changelist", "change", "history"}
# What each role may open; a model that is missing here fails the test.
MAY_OPEN: dict[type[models.Model], dict[str, set[str]]] = {
    User: {"support": READ, "admin": {*READ, "add", "delete"}},
    ApiKey: {"support": READ, "admin": READ},
    Session: {"support": READ, "admin": READ},
    AuditEntry: {"admin": READ},
    Mail: {"admin": READ},
    Dataset: {"support": READ, "admin": READ},
    Sample: {"admin": READ},
    Platform: {"admin": READ},
    Harvest: {"admin": READ},
    Workflow: {"support": READ, "admin": READ},
    BatchJob: {"support": READ, "admin": READ},
    BatchItem: {"support": READ, "admin": READ},
    Delivery: {"support": READ, "admin": READ},
    SearchCache: {"support": READ, "admin": READ},
    TierLimits: {"support": READ, "admin": READ},
    TierChange: {"admin": READ},
    Override: {"support": READ, "admin": {*READ, "add", "delete"}},
    UsageLog: {"support": READ, "admin": READ},
    UsageHour: {"support": READ, "admin": READ},
    QueryHistory: {"support": READ, "admin": READ},
    Switch: {"support": READ, "admin": READ},
}
# The actions of each model: admins may, others not. Deleting users is Django's own.
ACTIONS: dict[type[models.Model], set[str]] = {
    User: {
        *("deactivate", "activate", "make_free", "make_pro", "make_enterprise", "end_sessions"),
        "delete_selected",
    },
    ApiKey: {"revoke"},
    Session: {"end"},
    Mail: {"send_again"},
    BatchJob: {"cancel", "retry", "requeue"},
    BatchItem: {"requeue"},
    Delivery: {"send_again"},
    Override: {"empty_windows", "delete_selected"},
    Dataset: {"fetch_again"},
    Harvest: {"go_on"},
}


# Those of which there can be thirty that differ in nothing else.
MANY = set(MAY_OPEN) - {Dataset, Sample, Platform, SearchCache, TierLimits, Switch}


def an_answer() -> SearchCache:
    remember(Key("geo:query", "x"), lambda: Rendered(b"{}"))
    return SearchCache.objects.get()


def a_job() -> BatchJob:
    return BatchJob.objects.create(user=UserFactory.create(), queries=["a"], total_tasks=1)


def an_object(model: type[models.Model]) -> Any:
    if model is AuditEntry:
        audit.record(Action.SIGNED_IN, at=timezone.now())
        return AuditEntry.objects.latest("id")
    makers: dict[type[models.Model], Callable[[], Any]] = {
        User: UserFactory.create,
        ApiKey: ApiKeyFactory.create,
        Session: SessionFactory.create,
        Mail: lambda: Mail.objects.create(kind=MailKind.VERIFICATION, address="a@lab.example"),
        Dataset: lambda: Dataset.objects.create(accession="GSE1", title="A series"),
        Sample: lambda: Sample.objects.create(accession="GSM1"),
        Workflow: WorkflowFactory.create,
        Harvest: lambda: Harvest.objects.create(kind=Harvest.Kind.QUERY, query=str(uuid7())),
        Platform: lambda: Platform.objects.create(accession="GPL1"),
        BatchJob: a_job,
        BatchItem: lambda: BatchItem.objects.create(
            job=a_job(), index=0, query="a", status="running"
        ),
        Delivery: lambda: Delivery.objects.create(job=a_job(), event="a", url="b", payload="{}"),
        SearchCache: an_answer,
        TierLimits: lambda: TierLimits.objects.get(tier="free"),
        TierChange: lambda: TierChange.objects.create(before="free", after="pro"),
        Override: lambda: Override.objects.create(
            user=UserFactory.create(), values={"hour": 5}, reason="a course"
        ),
        UsageLog: lambda: UsageLog.objects.create(endpoint="/a", created_at=NOW, **ONE),
        UsageHour: lambda: UsageHour.objects.create(endpoint="/a", hour=NOW, **SUM),
        Switch: lambda: Switch.objects.create(name="live-search", active=True),
        QueryHistory: lambda: asked(UserFactory.create()),
    }
    return makers[model]()


def signed_in_as(role: str) -> Client:
    client = Client()
    if role != "nobody":
        client.force_login(UserFactory(**RIGHTS[role]))
    return client


def address_of(model: type[models.Model], view: str, one: Any) -> str:
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_{view}"
    return reverse(name, args=[] if view in {"changelist", "add"} else [one.pk])


def test_every_model_of_the_site_has_a_verdict() -> None:
    assert set(admin.site._registry) == set(MAY_OPEN)


def test_every_action_has_a_verdict() -> None:
    staff = UserFactory(**RIGHTS["admin"])
    request: Any = type("Request", (), {"user": staff, "GET": {}})()

    offered = {
        model: set(page.get_actions(request)) for model, page in admin.site._registry.items()
    }

    assert {model: found for model, found in offered.items() if found} == ACTIONS


@pytest.mark.parametrize("role", RIGHTS)
@pytest.mark.parametrize("model", MAY_OPEN)
def test_a_page_opens_to_who_may_see_it(model: type[models.Model], role: str) -> None:
    one, client = an_object(model), signed_in_as(role)

    opened = {view for view in VIEWS if client.get(address_of(model, view, one)).status_code == 200}

    assert opened == MAY_OPEN[model].get(role, set())


@pytest.mark.parametrize("role", ["nobody", "user", "support"])
@pytest.mark.parametrize(
    ("model", "action"), [(model, one) for model, names in ACTIONS.items() for one in sorted(names)]
)
def test_nobody_but_an_admin_acts(model: type[models.Model], action: str, role: str) -> None:
    one, client = an_object(model), signed_in_as(role)
    before = type(one)._default_manager.filter(pk=one.pk).values().get()

    sent = {"action": action, "_selected_action": [str(one.pk)], "post": "yes"}
    client.post(address_of(model, "changelist", one), sent)

    assert type(one)._default_manager.filter(pk=one.pk).values().get() == before


@pytest.mark.parametrize("model", MAY_OPEN)
def test_support_changes_nothing_by_a_form(model: type[models.Model]) -> None:
    one, client = an_object(model), signed_in_as("support")
    before = type(one)._default_manager.filter(pk=one.pk).values().get()

    statuses = {
        client.post(address_of(model, view, one), {"tier": "pro", "post": "yes"}).status_code
        for view in ("add", "change", "delete")
    }

    assert statuses == {403}
    assert type(one)._default_manager.filter(pk=one.pk).values().get() == before


@pytest.mark.parametrize("model", MAY_OPEN)
def test_pages_bring_nothing_from_elsewhere_and_no_script_of_their_own(
    model: type[models.Model],
) -> None:
    one, client = an_object(model), signed_in_as("admin")

    for view in MAY_OPEN[model]["admin"]:
        page = client.get(address_of(model, view, one))
        text = page.content.decode()
        assert 'src="http' not in text
        assert '<link href="http' not in text
        assert re.findall(r"<style|<script(?![^>]*\bsrc=)|\son\w+=", text) == []
        assert policy_of(page) == {
            "default-src": "'self'",
            "connect-src": "'self'",
            "script-src": "'self' 'unsafe-eval'",
            "style-src-attr": "'unsafe-inline'",
            "img-src": "'self' data:",
            "object-src": "'none'",
            "base-uri": "'self'",
            "form-action": "'self'",
            "frame-ancestors": "'none'",
        }


def policy_of(page: Any) -> dict[str, str]:
    directives = page["Content-Security-Policy"].split("; ")
    return dict(one.split(" ", 1) for one in directives)


def test_other_pages_keep_the_stricter_policy() -> None:
    assert "unsafe" not in Client().get("/login")["Content-Security-Policy"]


@pytest.mark.parametrize("model", MAY_OPEN)
def test_a_list_takes_as_many_queries_for_thirty_rows_as_for_one(
    model: type[models.Model],
) -> None:
    client, one = signed_in_as("admin"), an_object(model)
    address = address_of(model, "changelist", one)
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    for _ in range(30 if model in MANY else 0):
        an_object(model)

    with CaptureQueriesContext(connection) as many:
        client.get(address)

    assert len(many) == len(few)
