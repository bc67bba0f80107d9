"""What staff set otherwise for one user. All of it is in the audit log, with the reason."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts import audit
from accounts.models import Action, User
from accounts.services.staff import UserNotFound
from common.errors import OracleError, ServiceUnavailable
from quotas import limiter, valkey
from quotas.limiter import Caller
from quotas.limits import DAY, HOUR, SECOND
from quotas.models import Override
from quotas.services import effective

Values = Mapping[str, int | bool | None]


class OverrideNotFound(OracleError):
    """There is nothing to remove."""

    status = 404
    code = "not_found"
    detail = "This user has no override: the limits are those of the tier."


class CannotReset(ServiceUnavailable):
    """The counts are where we cannot reach them."""

    detail = "The counts cannot be reached at the moment. Try again later."


def user_of(*, user_id: UUID) -> User:
    """Return a user.

    :raises UserNotFound: if there is no such user
    """
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        raise UserNotFound
    return user


@transaction.atomic
def set_override(
    *,
    user_id: UUID,
    values: Values,
    reason: str,
    expires_at: datetime | None,
    actor: User,
    at: datetime,
) -> Override:
    """Set what holds for a user in place of their tier's limits; what was set before is gone.

    It holds on every server from the next request on.

    :param values: any of `tiers.OVERRIDABLE`; None is unlimited, what is absent stays the tier's
    :raises UserNotFound: if there is no such user
    """
    user = _locked(user_id)
    before = Override.objects.filter(user=user).first()
    override, _ = Override.objects.update_or_create(
        user=user,
        defaults={
            "values": dict(values),
            "reason": reason,
            "expires_at": expires_at,
            "made_by": actor,
            "created_at": at,
        },
    )
    _hold_at_once(user)
    audit.record(
        Action.QUOTA_OVERRIDDEN,
        at=at,
        actor=actor,
        subject=user,
        before=_told(before),
        after=_told(override),
    )
    return override


@transaction.atomic
def remove_override(*, user_id: UUID, actor: User, at: datetime, reason: str = "") -> None:
    """Let the tier's limits hold again for a user, from the next request on.

    :raises UserNotFound: if there is no such user
    :raises OverrideNotFound: if nothing was set
    """
    user = _locked(user_id)
    before = Override.objects.filter(user=user).first()
    if before is None:
        raise OverrideNotFound
    Override.objects.filter(pk=before.pk).delete()
    _hold_at_once(user)
    audit.record(
        Action.QUOTA_OVERRIDE_REMOVED,
        at=at,
        actor=actor,
        subject=user,
        before=_told(before),
        after={"reason": reason},
    )


@transaction.atomic
def reset(*, user_id: UUID, actor: User, at: datetime, reason: str = "") -> User:
    """Empty the windows of a user: they begin anew. The usage log stays.

    :raises UserNotFound: if there is no such user
    :raises CannotReset: if Valkey is away
    """
    user = user_of(user_id=user_id)
    audit.record(Action.QUOTA_RESET, at=at, actor=actor, subject=user, after={"reason": reason})
    try:
        limiter.forget(Caller.user(user.pk), [one.key for one in (HOUR, DAY, SECOND)])
    except valkey.Away:
        raise CannotReset from None
    return user


def _locked(user_id: UUID) -> User:
    user = User.objects.select_for_update().filter(pk=user_id).first()
    if user is None:
        raise UserNotFound
    return user


def _hold_at_once(user: User) -> None:
    key = Caller.user(user.pk).key("v")
    transaction.on_commit(lambda: effective.renew(key))


def _told(override: Override | None) -> dict[str, object] | None:
    if override is None:
        return None
    ends = override.expires_at.isoformat() if override.expires_at else None
    return {"values": override.values, "reason": override.reason, "expires_at": ends}
