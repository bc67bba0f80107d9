"""What staff do to others' accounts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.module_loading import import_string

from accounts import audit
from accounts.changes import tell
from accounts.models import Action, Session, User
from accounts.services import sessions
from common.errors import OracleError

ACTION_OF = {
    "tier": Action.TIER_CHANGED,
    "roles": Action.ROLE_CHANGED,
    "is_active": Action.ACCOUNT_CHANGED,
}


class UserNotFound(OracleError):
    """There is no such user."""

    status = 404
    code = "not_found"


class LastAdmin(OracleError):
    """Somebody must be able to undo it."""

    status = 409
    code = "conflict"
    detail = "This is the last active admin. Make somebody else an admin first."


def matching(
    *, q: str = "", tier: str | None = None, is_active: bool | None = None
) -> QuerySet[User]:
    """Return the users whose address or name contains `q`, of this tier, active or not."""
    found = User.objects.all()
    if q:
        found = found.filter(Q(email__icontains=q) | Q(full_name__icontains=q))
    if tier is not None:
        found = found.filter(tier=tier)
    return found if is_active is None else found.filter(is_active=is_active)


def usage_today(*, users: Sequence[User], at: datetime) -> Mapping[UUID, int]:
    """Return how many requests each of these users made today; who made none may be missing."""
    counts: Mapping[UUID, int] = import_string(settings.USAGE_TODAY)(
        user_ids=[user.pk for user in users], at=at
    )
    return counts


@transaction.atomic
def change_user(
    *, user_id: UUID, changes: Mapping[str, Any], actor: User, at: datetime, reason: str = ""
) -> User:
    """Change somebody's tier, roles or whether the account is active: in force at once.

    :param changes: any of `tier`, `roles`, `is_active`; what is the same already is no change
    :param reason: for the audit log
    :raises UserNotFound: if there is no such user
    :raises LastAdmin: if nobody would be left who is an active admin
    """
    admins = list(User.objects.select_for_update().filter(is_superuser=True).order_by("pk"))
    user = User.objects.select_for_update().filter(pk=user_id).first()
    if user is None:
        raise UserNotFound
    before = {name: _plain(getattr(user, name)) for name in changes}
    for name, value in changes.items():
        setattr(user, name, value)
    after = {name: _plain(getattr(user, name)) for name in changes}
    others = [one for one in admins if one.pk != user.pk and one.is_active]
    if not others and any(one.pk == user.pk for one in admins) and not _is_working_admin(user):
        raise LastAdmin
    user.updated_at = at
    user.save(update_fields=["tier", "is_active", "is_staff", "is_superuser", "updated_at"])
    tell([user.pk])
    if before.get("is_active") and not user.is_active:
        sessions.end_all(user=user, actor=actor, at=at)
    for name in changes:
        if before[name] != after[name]:
            change = (name, before[name], after[name])
            _record(*change, user=user, actor=actor, at=at, reason=reason)
    return user


def end_sessions(*, user_id: UUID, actor: User, at: datetime) -> int:
    """End all sessions of a user; say how many.

    :raises UserNotFound: if there is no such user
    """
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        raise UserNotFound
    return sessions.end_all(user=user, actor=actor, at=at)


@transaction.atomic
def end_session(*, session_id: UUID, actor: User, at: datetime) -> bool:
    """End one session of anybody; say whether it was live."""
    session = Session.objects.select_related("user").filter(pk=session_id).first()
    if session is None or not Session.objects.filter(pk=session_id).end(at=at):
        return False
    after = {"session": str(session_id)}
    audit.record(Action.SESSION_ENDED, at=at, actor=actor, subject=session.user, after=after)
    return True


def _record(
    name: str,
    before: object,
    after: object,
    *,
    user: User,
    actor: User,
    at: datetime,
    reason: str,
) -> None:
    if name == "tier":
        for path in settings.TIER_LISTENERS:
            import_string(path)(user=user, before=before, after=after, at=at)
    audit.record(
        ACTION_OF[name],
        at=at,
        actor=actor,
        subject=user,
        before={name: before},
        after={name: after} | ({"reason": reason} if reason else {}),
    )


def _is_working_admin(user: User) -> bool:
    return user.is_superuser and user.is_active


def _plain(value: object) -> object:
    return [str(one) for one in value] if isinstance(value, list) else value
