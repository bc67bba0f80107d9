"""Others' objects: for every model that belongs to somebody, and every route that names an object."""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.db import models
from django.test import Client
from django.utils import timezone

from accounts.models import ApiKey, Mail, MailKind, Session, User
from batch.models import BatchJob, WebhookSecret
from caching.models import Use
from discovery.models import Workflow
from history.models import Clearing, QueryHistory
from quotas.models import (
    ActiveMonth,
    Override,
    TierChange,
    UsageDay,
    UsageDayKind,
    UsageHour,
    UsageLog,
    UsageMonth,
)
from tests.factories import (
    ApiKeyFactory,
    SessionFactory,
    UserFactory,
    WorkflowFactory,
    access_token,
)
from tests.history.conftest import asked
from tests.security.routes import METHODS, filled, parameters, private

pytestmark = pytest.mark.django_db
CANARY = "canary"
STAFF = "api/v2/admin/"  # who may call these may call them for anybody: test_roles.py
NOW = timezone.now()
USE = {"method": "GET", "status_code": 200, "execution_time_ms": 5, "created_at": NOW}
SUM = {"method": "GET", "status_code": 200, "hour": NOW, "requests": 1, "cost": 1, "total_ms": 5}
MONTH = {"month": NOW.date(), "method": "GET", "status_code": 200, "requests": 1, "cost": 1}

# Of every model that belongs to a user, one of theirs. A new model that is missing here is red.
MAKE: dict[type[models.Model], Callable[[User], models.Model]] = {
    ApiKey: lambda owner: ApiKeyFactory.create(user=owner, name=CANARY),
    Session: lambda owner: SessionFactory.create(user=owner, user_agent=CANARY),
    Mail: lambda owner: Mail.objects.create(
        kind=MailKind.PASSWORD_CHANGED, address=owner.email, user=owner
    ),
    SocialAccount: lambda owner: SocialAccount.objects.create(
        user=owner, provider="github", uid=CANARY
    ),
    EmailAddress: lambda owner: EmailAddress.objects.create(user=owner, email=owner.email),
    Use: lambda owner: Use.objects.create(
        user=owner, query_hash=CANARY, namespace="geo:query", used_at=timezone.now()
    ),
    Override: lambda owner: Override.objects.create(user=owner, values={"hour": 5}, reason=CANARY),
    TierChange: lambda owner: TierChange.objects.create(user=owner, before="free", after="pro"),
    UsageLog: lambda owner: UsageLog.objects.create(user=owner, endpoint=CANARY, **USE),
    UsageHour: lambda owner: UsageHour.objects.create(user=owner, endpoint=CANARY, **SUM),
    UsageDay: lambda owner: UsageDay.objects.create(
        user=owner, day=timezone.now().date(), requests=1, cost=1
    ),
    UsageDayKind: lambda owner: UsageDayKind.objects.create(
        user=owner, day=timezone.now().date(), endpoint=CANARY, status_code=200, requests=1
    ),
    QueryHistory: lambda owner: asked(owner, CANARY),
    Clearing: lambda owner: Clearing.objects.create(user=owner, at=NOW),
    ActiveMonth: lambda owner: ActiveMonth.objects.create(user=owner, month=NOW.date(), days=1),
    UsageMonth: lambda owner: UsageMonth.objects.create(user=owner, endpoint=CANARY, **MONTH),
    BatchJob: lambda owner: BatchJob.objects.create(
        user=owner, queries=[CANARY], total_tasks=1, metadata={"of": CANARY}
    ),
    WebhookSecret: lambda owner: WebhookSecret.objects.create(user=owner, salt=CANARY),
    Workflow: lambda owner: WorkflowFactory.create(user=owner, asked={"query": CANARY}),
    LogEntry: lambda owner: LogEntry.objects.create(user=owner, action_flag=1, object_repr=CANARY),
}
# The other parameters of routes name what belongs to nobody.
COMMON = {"geo_id": "GSE2034", "provider": "github", "index": 0}
# One for all requests: each new one would load the middleware anew.
CLIENT = Client(raise_request_exception=False)


@pytest.fixture
def owner() -> User:
    return UserFactory.create(email="canary@example.org", full_name=CANARY)


def belongs_to_somebody(model: type[models.Model]) -> bool:
    return any(
        isinstance(field, models.ForeignKey) and field.related_model is User
        for field in model._meta.get_fields()
    )


def ask(method: str, path: str, token: str) -> Any:
    CLIENT.cookies.clear()
    headers = {"Authorization": f"Bearer {token}", "X-Request-ID": "same"}
    body = b"" if method in {"GET", "HEAD", "OPTIONS"} else json.dumps({}).encode()
    return CLIENT.generic(method, path, body, content_type="application/json", headers=headers)


def own_routes() -> list[str]:
    return [route for route in private() if not route.startswith(STAFF)]


def test_every_model_that_belongs_to_somebody_is_tried() -> None:
    assert {model for model in apps.get_models() if belongs_to_somebody(model)} == set(MAKE)


@pytest.mark.no_cover
@pytest.mark.parametrize("model", MAKE)
def test_somebody_elses_object_looks_exactly_like_none(
    model: type[models.Model], owner: User
) -> None:
    theirs, token = MAKE[model](owner), access_token(UserFactory(tier="enterprise"))
    before = list(type(theirs)._default_manager.filter(pk=theirs.pk).values())
    tried = 0

    for route in own_routes():
        names = [name for name in parameters(route) if name not in COMMON]
        for method in METHODS if names else ():
            ids = [UUID(int=theirs.pk) if isinstance(theirs.pk, int) else theirs.pk, uuid4()]
            answers = [
                ask(method, filled(route, **COMMON, **dict.fromkeys(names, one)), token)
                for one in ids
            ]
            tried += 1
            assert answers[0].status_code == answers[1].status_code, f"{method} {route}"
            assert answers[0].content == answers[1].content, f"{method} {route}"
            assert answers[0].status_code in {404, 405} or method == "OPTIONS"

    assert tried
    assert list(type(theirs)._default_manager.filter(pk=theirs.pk).values()) == before


@pytest.mark.parametrize("query", ["", "?q=canary", "?user={id}", "?user_id={id}", "?expand=user"])
def test_no_list_shows_what_is_somebody_elses(owner: User, query: str) -> None:
    made = [make(owner) for make in MAKE.values()]
    token = access_token(UserFactory())
    secrets = {str(one.pk) for one in made if len(str(one.pk)) > 8} | {CANARY, str(owner.pk)}

    for route in own_routes():
        if parameters(route):
            continue
        shown = ask("GET", f"/{route}{query.format(id=owner.pk)}", token).getvalue().decode()
        assert not [one for one in secrets if one in shown.replace(query[1:], "")], route


def test_what_is_ones_own_is_found() -> None:
    """Else the tests above would say nothing."""
    user, now = UserFactory.create(), timezone.now()
    token = access_token(user)
    key, session = ApiKeyFactory(user=user), SessionFactory(user=user)

    answers = [
        ask("DELETE", f"/api/v2/users/api-keys/{key.pk}", token),
        ask("DELETE", f"/api/v2/auth/sessions/{session.pk}", token),
    ]

    assert [answer.status_code for answer in answers] == [204, 204]
    assert Session.objects.live(at=now).count() == 1
