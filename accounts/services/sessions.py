"""Signing in, staying signed in, signing out."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX as NO_PASSWORD
from django.contrib.auth.hashers import check_password
from django.db import transaction
from django.utils.crypto import salted_hmac

from accounts import tokens
from accounts.models import Session, User
from accounts.refresh_tokens import RefreshToken, TokenInvalid
from common.errors import OracleError

SESSION_LIFETIME = timedelta(days=30)
ROTATION_GRACE = timedelta(seconds=10)

logger = structlog.get_logger(__name__)


class InvalidCredentials(OracleError):
    """The same for a wrong password, an unknown address and a disabled account."""

    status = 401
    code = "invalid_credentials"


@dataclass(frozen=True, slots=True)
class Client:
    """Where a request came from, as its owner will see it in the list of sessions."""

    ip: str | None = None
    user_agent: str = ""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a client holds of a session."""

    user: User
    access: str
    refresh: str


def sign_in(*, email: str, password: str, client: Client, at: datetime) -> SignedIn:
    """Start a session.

    :raises InvalidCredentials: after the same time whether or not there is such an account
    :raises ServiceUnavailable: if too many passwords are being checked
    """
    user = User.objects.filter(email=User.objects.normalize_email(email)).first()
    # Without a user Django hashes something all the same.
    is_right = user.check_password(password) if user else check_password(password, NO_PASSWORD)
    if user is None or not is_right or not user.is_active:
        raise InvalidCredentials
    return _start(user=user, client=client, at=at)


def refresh(*, token: str, at: datetime) -> SignedIn:
    """Exchange a refresh token for its successor and a new access token.

    Of any number of callers at once one rotates; for ten seconds the others get what it got.
    Whoever comes later with a spent token is a thief, or was robbed: the session ends.

    :raises TokenInvalid: if the token is not good, or not any more
    """
    key = _refresh_key()
    given = RefreshToken.read(token, key=key)
    successor = given.successor(key=key)
    rotated = Session.objects.filter(pk=given.session_id).rotate(
        spent=given.digest(), fresh=successor.digest(), at=at
    )
    session = Session.objects.select_related("user").filter(pk=given.session_id).first()
    if session is None or not session.is_live(at=at) or not session.belongs_to_good_user():
        raise TokenInvalid
    if not rotated and not session.was_just_rotated_to(
        successor.digest(), at=at, grace=ROTATION_GRACE
    ):
        _end_after_reuse(session=session, at=at)
        raise TokenInvalid
    return _signed_in(session=session, token=successor, at=at)


def sign_out(*, user: User, session: Session | None, token: str | None, at: datetime) -> None:
    """End the session in use and the one that a refresh token belongs to.

    A token that is none of the user's own ends nothing: it opened nothing either.
    """
    ending = {session.pk} if session else set()
    if token is not None:
        try:
            ending.add(RefreshToken.read(token, key=_refresh_key()).session_id)
        except TokenInvalid:
            logger.info("signed out with a refresh token that is not ours")
    Session.objects.filter(user=user, pk__in=ending).end(at=at)


@transaction.atomic
def _start(*, user: User, client: Client, at: datetime) -> SignedIn:
    session = Session(
        user=user,
        token_version=user.token_version,
        created_at=at,
        last_used_at=at,
        expires_at=at + SESSION_LIFETIME,
        ip=client.ip,
        user_agent=client.user_agent,
    )
    token = RefreshToken.first(session.pk)
    session.token_digest = token.digest()
    session.save(force_insert=True)
    User.objects.filter(pk=user.pk).update(last_login=at)
    return _signed_in(session=session, token=token, at=at)


def _signed_in(*, session: Session, token: RefreshToken, at: datetime) -> SignedIn:
    return SignedIn(
        user=session.user,
        access=tokens.issue(session=session, at=at),
        refresh=token.text(key=_refresh_key()),
    )


def _end_after_reuse(*, session: Session, at: datetime) -> None:
    Session.objects.filter(pk=session.pk).end(at=at)
    logger.warning(
        "spent refresh token used again; session ended",
        user_id=str(session.user_id),
        session_id=str(session.pk),
    )


def _refresh_key() -> bytes:
    return salted_hmac("accounts.refresh_tokens", "", algorithm="sha256").digest()
