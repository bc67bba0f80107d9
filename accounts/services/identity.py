"""Whose request this is: one query for each kind of credential."""

import hmac
from datetime import datetime
from uuid import UUID

from django.conf import settings

from accounts import keys, tokens
from accounts.models import ApiKey, Session
from accounts.refresh_tokens import TokenInvalid
from common.compiled import ByOne

KEYS, SESSIONS = ApiKey.objects.select_related("user"), Session.objects.select_related("user")
KEYS_BY_PREFIX = ByOne(KEYS, by="prefix", owner="user")
KEYS_BY_ID = ByOne(KEYS, by="id", owner="user")
SESSIONS_BY_ID = ByOne(SESSIONS, by="id", owner="user")


def bearer(*, token: str, at: datetime) -> Session:
    """Return the session, with its user, that an access token belongs to.

    :raises TokenInvalid: if the token is not good, or its session or user not any more
    """
    claims = tokens.read(token)
    session = session_again(session_id=claims.session_id, version=claims.version, at=at)
    if session.user_id != claims.user_id:
        raise TokenInvalid
    return session


def session_again(*, session_id: UUID, version: int, at: datetime) -> Session:
    """Return the session, with its user, of a token that was read before.

    :param version: that the token says
    :raises TokenInvalid: if the session or its user is not good any more
    """
    session = SESSIONS_BY_ID.find(session_id)
    if session is None or version != session.token_version:
        raise TokenInvalid
    if not session.belongs_to_good_user() or not session.is_live(at=at):
        raise TokenInvalid
    return session


def key_holder(*, key: str, at: datetime) -> ApiKey:
    """Return the API key, with its user, and note that it was used.

    :raises ApiKeyInvalid: if the key is not good, or its user not any more
    """
    given = keys.read(key)
    found = KEYS_BY_PREFIX.find(given.prefix)
    if found is None or not _is_that(found, given):
        raise keys.ApiKeyInvalid
    return _used(found, at)


def key_again(*, key_id: UUID, at: datetime) -> ApiKey:
    """Return an API key that was good when it was given, and note that it was used.

    :raises ApiKeyInvalid: if it is not good any more, or its user
    """
    found = KEYS_BY_ID.find(key_id)
    if found is None:
        raise keys.ApiKeyInvalid
    return _used(found, at)


def _used(key: ApiKey, at: datetime) -> ApiKey:
    if not key.is_live(at=at) or not key.user.is_active:
        raise keys.ApiKeyInvalid
    if key.is_use_unnoted(at=at):
        ApiKey.objects.filter(pk=key.pk).note_use(at=at)
    return key


def _is_that(found: ApiKey, given: keys.Key) -> bool:
    pepper = settings.API_KEY_PEPPERS.get(str(found.pepper_version))
    return pepper is not None and hmac.compare_digest(found.key_hash, given.digest(pepper=pepper))
