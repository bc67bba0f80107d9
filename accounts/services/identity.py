"""Whose request this is: one query for each kind of credential."""

import hmac
from datetime import datetime

from django.conf import settings

from accounts import keys, tokens
from accounts.models import ApiKey, Session
from accounts.refresh_tokens import TokenInvalid


def bearer(*, token: str, at: datetime) -> Session:
    """Return the session, with its user, that an access token belongs to.

    :raises TokenInvalid: if the token is not good, or its session or user not any more
    """
    claims = tokens.read(token)
    session = Session.objects.select_related("user").filter(pk=claims.session_id).first()
    if session is None or session.user_id != claims.user_id:
        raise TokenInvalid
    if claims.version != session.token_version or not session.belongs_to_good_user():
        raise TokenInvalid
    if not session.is_live(at=at):
        raise TokenInvalid
    return session


def key_holder(*, key: str, at: datetime) -> ApiKey:
    """Return the API key, with its user, and note that it was used.

    :raises ApiKeyInvalid: if the key is not good, or its user not any more
    """
    given = keys.read(key)
    found = ApiKey.objects.select_related("user").filter(prefix=given.prefix).first()
    if found is None or not _is_that(found, given):
        raise keys.ApiKeyInvalid
    if not found.is_live(at=at) or not found.user.is_active:
        raise keys.ApiKeyInvalid
    if found.is_use_unnoted(at=at):
        ApiKey.objects.filter(pk=found.pk).note_use(at=at)
    return found


def _is_that(found: ApiKey, given: keys.Key) -> bool:
    pepper = settings.API_KEY_PEPPERS.get(str(found.pepper_version))
    return pepper is not None and hmac.compare_digest(found.key_hash, given.digest(pepper=pepper))
