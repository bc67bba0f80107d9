"""Making API keys."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction

from accounts import keys
from accounts.models import ApiKey, Scope, User
from common.errors import OracleError

MOST_LIVE_KEYS = 10


class TooManyKeys(OracleError):
    """A user has as many keys as one may have."""

    status = 409
    code = "conflict"
    detail = f"You have {MOST_LIVE_KEYS} API keys, and more one may not have. Revoke one first."


@transaction.atomic
def make_key(
    *,
    user: User,
    name: str,
    at: datetime,
    scopes: Sequence[str] = tuple(Scope.values),
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """Give a user a key. The text is returned here and never again.

    :raises TooManyKeys: if the user has ten that work
    """
    User.objects.select_for_update().get(pk=user.pk)  # two at once would both count nine
    if ApiKey.objects.live(at=at).filter(user=user).count() >= MOST_LIVE_KEYS:
        raise TooManyKeys
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


def seal(key: keys.Key) -> tuple[int, str]:
    """Return the newest pepper's version and the key's HMAC with it."""
    version = max(settings.API_KEY_PEPPERS, key=int)
    return int(version), key.digest(pepper=settings.API_KEY_PEPPERS[version])
