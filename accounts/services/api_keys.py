"""Making, exchanging and revoking API keys."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from accounts import audit, changes, keys
from accounts.models import Action, ApiKey, ApiKeyQuerySet, Scope, User
from common.errors import OracleError

MOST_LIVE_KEYS = 10
LONGEST_GRACE = timedelta(days=7)


class TooManyKeys(OracleError):
    """A user has as many keys as one may have."""

    status = 409
    code = "conflict"
    detail = f"You have {MOST_LIVE_KEYS} API keys, and more one may not have. Revoke one first."


class KeyNotFound(OracleError):
    """There is no such key, or it is somebody else's."""

    status = 404
    code = "not_found"


class KeyIsOver(OracleError):
    """What is revoked, replaced or expired cannot be exchanged."""

    status = 409
    code = "conflict"
    detail = "This key is revoked, replaced or expired. Make a new one."


def make_key(
    *,
    user: User,
    name: str,
    at: datetime,
    actor: User | None,
    scopes: Sequence[str] = tuple(Scope.values),
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """Give a user a key. The text is returned here and never again.

    :param actor: who makes it; None for an operator at the command line
    :raises TooManyKeys: if the user has ten that work
    """
    with transaction.atomic():
        _require_room(user, at=at)
        made, text = _make(user=user, name=name, scopes=scopes, expires_at=expires_at, at=at)
        audit.record(
            Action.KEY_MADE, at=at, actor=actor, subject=user, thing=made.prefix, after=_facts(made)
        )
    return made, text


def of(user: User) -> ApiKeyQuerySet:
    return ApiKey.objects.filter(user=user)


def rotate(*, user: User, key_id: UUID, grace: timedelta, at: datetime) -> tuple[ApiKey, str]:
    """Give a user another key like this one, which works on until the grace ends.

    The new one lives as long as the old one was to live when it was made.

    :raises KeyNotFound: if the user has no such key
    :raises KeyIsOver: if it does not work any more, or is being replaced already
    :raises TooManyKeys: if both would be one more than a user may have
    """
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        old = _find(user, key_id)
        if old.revoked_at is not None or not old.is_live(at=at):
            raise KeyIsOver
        old.revoked_at = at + grace
        old.save(update_fields=["revoked_at"])
        changes.tell([user.pk])
        _require_room(user, at=at)
        expires_at = at + (old.expires_at - old.created_at) if old.expires_at else None
        made, text = _make(
            user=user, name=old.name, scopes=old.scopes, expires_at=expires_at, at=at
        )
        before = {"prefix": old.prefix, "revoked_at": old.revoked_at.isoformat()}
        audit.record(
            Action.KEY_ROTATED,
            at=at,
            actor=user,
            subject=user,
            thing=made.prefix,
            before=before,
            after=_facts(made),
        )
    return made, text


def revoke(*, user: User, key_id: UUID, at: datetime) -> None:
    """End a key of the user's from the next request on. Once more does no harm.

    :raises KeyNotFound: if the user has no such key
    """
    with transaction.atomic():
        _revoke(_find(user, key_id), actor=user, at=at)


def revoke_by_staff(*, key_ids: Collection[UUID], actor: User, at: datetime) -> int:
    """End anybody's keys; say how many were live."""
    with transaction.atomic():
        chosen = ApiKey.objects.select_related("user").filter(pk__in=key_ids).order_by("pk")
        return sum(_revoke(key, actor=actor, at=at) for key in chosen)


def seal(key: keys.Key) -> tuple[int, str]:
    """Return the newest pepper's version and the key's HMAC with it."""
    version = max(settings.API_KEY_PEPPERS, key=int)
    return int(version), key.digest(pepper=settings.API_KEY_PEPPERS[version])


def _make(
    *, user: User, name: str, scopes: Sequence[str], expires_at: datetime | None, at: datetime
) -> tuple[ApiKey, str]:
    key = keys.make()
    version, digest = seal(key)
    made = ApiKey.objects.create(
        user=user,
        name=name,
        prefix=key.prefix,
        pepper_version=version,
        key_hash=digest,
        scopes=list(scopes),
        created_at=at,
        expires_at=expires_at,
    )
    return made, key.text


def _require_room(user: User, *, at: datetime) -> None:
    User.objects.select_for_update().get(pk=user.pk)  # two at once would both count nine
    if ApiKey.objects.live(at=at).filter(user=user).count() >= MOST_LIVE_KEYS:
        raise TooManyKeys


def _find(user: User, key_id: UUID) -> ApiKey:
    found = of(user).filter(pk=key_id).first()
    if found is None:
        raise KeyNotFound
    found.user = user
    return found


def _revoke(key: ApiKey, *, actor: User, at: datetime) -> bool:
    was_live = bool(ApiKey.objects.filter(pk=key.pk).revoke(at=at))
    if was_live:
        audit.record(Action.KEY_REVOKED, at=at, actor=actor, subject=key.user, thing=key.prefix)
    return was_live


def _facts(key: ApiKey) -> dict[str, object]:
    """Return what the audit log may know of a key."""
    expires_at = key.expires_at.isoformat() if key.expires_at else None
    return {"scopes": key.scopes, "expires_at": expires_at}
