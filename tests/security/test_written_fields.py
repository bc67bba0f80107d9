"""Mass assignment: every call that takes a body, sent with every field that any model has."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.db import models
from django.test import Client
from django.utils import timezone

from accounts import email_keys, password_tokens
from accounts.models import ApiKey, Attempts, AuditEntry, Session, User
from accounts.services import sessions
from batch.models import BatchItem, BatchJob
from discovery.models import Workflow
from history.models import QueryHistory
from tests.factories import (
    PASSWORD,
    ApiKeyFactory,
    SessionFactory,
    UserFactory,
    WorkflowFactory,
    access_token,
)
from tests.history.conftest import asked
from tests.security.routes import filled, writes

pytestmark = pytest.mark.django_db
API = "api/v2/"
UNTOUCHED = (AuditEntry, Attempts)  # what they hold is never the caller's own word


def a_job(user: User) -> BatchJob:
    job = BatchJob.objects.create(user=user, queries=["liver"], total_tasks=1)
    BatchItem.objects.create(job=job, index=0, query="liver")
    return job


@dataclass(frozen=True)
class World:
    """A user with one of each thing, and somebody else."""

    user: User
    other: User
    key: ApiKey
    session: Session
    workflow: Workflow
    query: QueryHistory
    job: BatchJob

    @classmethod
    def make(cls) -> "World":
        user = UserFactory.create(is_staff=True, is_superuser=True, tier="pro")
        return cls(
            user,
            UserFactory.create(),
            ApiKeyFactory(user=user),
            SessionFactory(user=user),
            WorkflowFactory.create(user=user),
            asked(user),
            a_job(user),
        )

    def refresh_token(self) -> str:
        return sessions.start(
            user=self.user, user_agent="", how="password", at=timezone.now()
        ).refresh

    def reset(self) -> dict[str, object]:
        self.user.refresh_from_db()
        uid, token = password_tokens.parts_for(self.user)
        return {"uid": uid, "token": token, "new_password": "eight green herons"}


@dataclass(frozen=True)
class Call:
    """A body that succeeds; the fields that one may send besides; the columns that may change."""

    body: Callable[[World], Mapping[str, object]] = lambda _: {}
    fields: frozenset[str] = frozenset()
    changes: frozenset[str] = frozenset()
    status: int = 200


def call(
    body: Callable[[World], Mapping[str, object]] = lambda _: {},
    *,
    fields: str = "",
    changes: str = "",
    status: int = 200,
) -> Call:
    return Call(body, frozenset(fields.split()), frozenset(changes.split()), status)


ENDED = "ended_at"
REVOKED = "revoked_at"
SET_PASSWORD = "password token_version email_verified updated_at ended_at revoked_at"
# A call that is missing here fails the test: say what it may write.
CALLS: dict[tuple[str, str], Call] = {
    ("POST", "auth/register"): call(
        lambda _: {"email": "new@example.org", "password": PASSWORD}, fields="full_name", status=201
    ),
    ("POST", "auth/login"): call(
        lambda world: {"email": world.user.email, "password": PASSWORD}, changes="last_login"
    ),
    # No provider is configured here: tests/accounts/test_oauth_exchange.py.
    ("POST", "auth/oauth/<str:provider>"): call(status=404),
    ("DELETE", "auth/oauth/linked/<str:provider>"): call(status=404),
    ("POST", "auth/refresh"): call(
        lambda world: {"refresh": world.refresh_token()},
        changes="token_digest rotated_at last_used_at",
    ),
    ("POST", "auth/logout"): call(fields="refresh", changes=ENDED, status=204),
    ("PATCH", "auth/me"): call(fields="full_name", changes="full_name updated_at"),
    ("POST", "auth/email/verify"): call(
        lambda world: {"key": email_keys.key_for(world.user)},
        changes="email_verified updated_at",
        status=204,
    ),
    ("POST", "auth/email/verify/resend"): call(fields="email", status=202),
    ("POST", "auth/password/reset"): call(lambda world: {"email": world.user.email}, status=202),
    ("POST", "auth/password/reset/confirm"): call(World.reset, changes=SET_PASSWORD, status=204),
    ("PUT", "auth/password/change"): call(
        lambda _: {"current_password": PASSWORD, "new_password": "eight green herons"},
        changes="password updated_at ended_at",
        status=204,
    ),
    ("DELETE", "auth/sessions"): call(changes=ENDED, status=204),
    ("DELETE", "auth/sessions/<uuid:session_id>"): call(changes=ENDED, status=204),
    ("POST", "users/api-keys"): call(
        lambda _: {"name": "laptop"}, fields="scopes expires_at", status=201
    ),
    ("DELETE", "users/api-keys/<uuid:key_id>"): call(changes=REVOKED, status=204),
    ("POST", "users/api-keys/<uuid:key_id>/rotate"): call(
        fields="grace_seconds", changes=REVOKED, status=201
    ),
    ("PATCH", "admin/users/<uuid:user_id>"): call(
        fields="tier is_active roles", changes="updated_at"
    ),
    ("PUT", "admin/users/<uuid:user_id>/quota"): call(
        lambda _: {"hour": 5, "reason": "a course"},
        fields="day concurrent_jobs queries_per_job ai expires_at",
    ),
    # There is none to remove: tests/quotas/test_api.py.
    ("DELETE", "admin/users/<uuid:user_id>/quota"): call(status=404),
    ("POST", "admin/users/<uuid:user_id>/quota/reset"): call(fields="reason"),
    # These refuse what they do not know.
    ("POST", "admin/cache/clear"): call(status=400),
    ("POST", "admin/cache/warm"): call(lambda _: {"queries": ["liver"]}, status=400),
    ("POST", "cache/clear"): call(status=400),
    ("POST", "cache/invalidate"): call(lambda _: {"namespace": "user"}, status=400),
    ("POST", "agents/query"): call(lambda _: {"query": "liver"}, status=400),
    ("POST", "agents/report"): call(lambda _: {"query": "liver"}, status=400),
    ("POST", "workflows/execute"): call(lambda _: {"query": "liver"}, status=400),
    ("DELETE", "workflows/<uuid:workflow_id>"): call(status=204),
    ("DELETE", "history/queries"): call(status=204),
    ("DELETE", "history/queries/<uuid:query_id>"): call(status=204),
    ("POST", "history/queries/<uuid:query_id>/again"): call(),
    ("POST", "batch/jobs"): call(
        lambda _: {"workflow_type": "simple_search", "queries": ["liver"]}, status=400
    ),
    ("DELETE", "batch/jobs/<uuid:job_id>"): call(
        changes="status completed_at results progress cancelled_tasks finished_at"
    ),
    # None of its queries has failed: tests/batch/test_api.py.
    ("POST", "batch/jobs/<uuid:job_id>/retry"): call(status=409),
    ("POST", "batch/webhook-secret/rotate"): call(),
    ("POST", "agents/search"): call(lambda _: {"query": "liver"}, status=400),
    ("POST", "agents/summarize"): call(lambda _: {"dataset_id": "GSE1"}, status=400),
    ("POST", "agents/validate"): call(lambda _: {"dataset_ids": ["GSE1"]}, status=400),
}
# Calls after which there is nothing left to compare.
ENDING = {("DELETE", "auth/me")}


def hostile(one: models.Field[Any, Any]) -> object:
    """Return what nobody would write into this field by accident."""
    if isinstance(one, models.BooleanField):
        return not one.get_default()
    if isinstance(one, models.UUIDField | models.ForeignKey):
        return str(UUID(int=0xBAD))
    if isinstance(one, models.DateTimeField):
        return "2099-09-09T09:09:09Z"
    if isinstance(one, models.IntegerField):
        return 4242
    return one.choices[-1][0] if one.choices else "hostile"


def every_field() -> dict[str | None, object]:
    """Return a hostile value for each field of every model, and for what they might be called."""
    found = {
        name: hostile(one)
        for model in apps.get_models()
        for one in model._meta.concrete_fields
        for name in (one.name, one.attname, one.column)
    }
    return found | {
        "role": "admin",
        "roles": ["admin"],
        "groups": [1],
        "user_permissions": [1],
        "owner": str(UUID(int=0xBAD)),
        "is_admin": True,
        "scopes": ["write"],
        "quota": None,
        "user": {"id": str(UUID(int=0xBAD)), "is_superuser": True},
    }


Snapshot = dict[tuple[str, Any], dict[str, Any]]


def snapshot() -> Snapshot:
    return {
        (model._meta.db_table, row[model._meta.pk.attname]): row
        for model in apps.get_models()
        if model not in UNTOUCHED
        for row in model._default_manager.values()
    }


def send(method: str, route: str, world: World, body: Mapping[str, object]) -> Any:
    path = filled(
        API + route,
        session_id=world.session.pk,
        key_id=world.key.pk,
        workflow_id=world.workflow.pk,
        query_id=world.query.pk,
        job_id=world.job.pk,
        user_id=world.other.pk,
        provider="github",
    )
    token = access_token(world.user)
    return Client().generic(
        method,
        path,
        json.dumps(body).encode(),
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )


def test_every_call_that_takes_a_body_is_tried() -> None:
    known = {(method, API + route) for method, route in CALLS.keys() | ENDING}

    assert set(writes()) == known


@pytest.mark.parametrize(("method", "route"), CALLS)
def test_a_call_writes_its_own_fields_and_no_other(method: str, route: str) -> None:
    world, one = World.make(), CALLS[method, route]
    good = dict(one.body(world))
    more = {
        name: value
        for name, value in every_field().items()
        if name not in one.fields and name not in good
    }
    access_token(world.user)
    before = snapshot()

    answer = send(method, route, world, more | good)

    assert answer.status_code == one.status, answer.content
    after = snapshot()
    changed = {
        (key[0], column)
        for key, row in after.items()
        if key in before
        for column in row
        if row[column] != before[key][column]
    }
    assert {column for _, column in changed} <= one.changes
    new = [row for key, row in after.items() if key not in before]
    assert not [value for row in new for value in row.values() if is_hostile(value)]
    for user in User.objects.exclude(pk__in=[world.user.pk]):
        assert (user.tier, user.roles, user.email_verified) == ("free", ["user"], False)


def is_hostile(value: object) -> bool:
    if isinstance(value, UUID):
        return value == UUID(int=0xBAD)
    return value == 4242 or any(mark in str(value) for mark in ("hostile", "2099-09"))


def test_the_hostile_body_has_what_attackers_try() -> None:
    assert {
        *("is_staff", "is_superuser", "is_admin", "role", "roles", "tier", "owner", "user", "id"),
        *("user_id", "created_at", "token_version", "email_verified", "key_hash", "token_digest"),
        *("revoked_at", "ended_at", "audit_id", "hashed_password"),
    } <= every_field().keys()
