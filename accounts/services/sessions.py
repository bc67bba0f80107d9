"""Staying signed in, and signing out."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import F
from django.utils.crypto import salted_hmac

from accounts import audit, changes, tokens
from accounts.models import Action, MailKind, Session, SessionQuerySet, User
from accounts.refresh_tokens import RefreshToken, TokenInvalid
from accounts.services import outbox
from common import client_address
from common.errors import OracleError

SESSION_LIFETIME = timedelta(days=30)
ROTATION_GRACE = timedelta(seconds=10)
LONGEST_AGENT = 255

logger = structlog.get_logger(__name__)


class SessionNotFound(OracleError):
    """There is no such session, or it is somebody else's, or over."""

    status = 404
    code = "not_found"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a client of the API holds of a session."""

    user: User
    access: str
    refresh: str


def start(*, user: User, user_agent: str, at: datetime, how: str) -> SignedIn:
    """Start a session of the API.

    :param how: by what the user proved who they are, for the audit log
    """
    session = _new(user=user, user_agent=user_agent, at=at)
    token = RefreshToken.first(session.pk)
    session.token_digest = token.digest()
    with transaction.atomic():
        session.save(force_insert=True)
        User.objects.filter(pk=user.pk).update(last_login=at)
        after = {"session": str(session.pk), "by": how}
        audit.record(Action.SIGNED_IN, at=at, actor=user, subject=user, after=after)
    return _signed_in(session=session, token=token, at=at)


def start_browser(*, user: User, browser_key: str, user_agent: str, at: datetime) -> Session:
    """Start a session that a browser holds by its cookie, which has this key."""
    session = _new(user=user, user_agent=user_agent, at=at)
    session.browser_key = browser_key
    with transaction.atomic():
        session.save(force_insert=True)
        after = {"session": str(session.pk), "by": "browser"}
        audit.record(Action.SIGNED_IN, at=at, actor=user, subject=user, after=after)
    return session


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
    if session is None or not session.is_good(at=at):
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
    _end(Session.objects.filter(pk__in=ending), Action.SIGNED_OUT, user=user, actor=user, at=at)


def live(*, user: User, at: datetime) -> SessionQuerySet:
    """Return the sessions with which the user is signed in."""
    return Session.objects.live(at=at).filter(user=user, token_version=user.token_version)


def end_one(*, user: User, session_id: UUID, at: datetime) -> None:
    """End one of the user's sessions.

    :raises SessionNotFound: if it is none, or none any more
    """
    chosen = live(user=user, at=at).filter(pk=session_id)
    if not _end(chosen, Action.SESSION_ENDED, user=user, actor=user, at=at):
        raise SessionNotFound


def end_others(*, user: User, than: Session | None, at: datetime) -> int:
    """End all of the user's sessions but one; say how many."""
    others = Session.objects.filter(user=user).exclude(pk__in=[than.pk] if than else [])
    return _end(others, Action.SESSIONS_ENDED, user=user, actor=user, at=at)


@transaction.atomic
def end_all(*, user: User, actor: User | None, at: datetime) -> int:
    """End every session of the user, and every access token; say how many sessions."""
    User.objects.filter(pk=user.pk).update(token_version=F("token_version") + 1)
    user.refresh_from_db(fields=["token_version"])
    changes.tell([user.pk])
    every = Session.objects.filter(user=user)
    return _end(every, Action.SESSIONS_ENDED, user=user, actor=actor, at=at)


@transaction.atomic
def _end(
    chosen: SessionQuerySet, action: Action, *, user: User, actor: User | None, at: datetime
) -> int:
    ended = chosen.filter(user=user).end(at=at)
    if ended:
        audit.record(action, at=at, actor=actor, subject=user, after={"sessions": ended})
    return ended


def _new(*, user: User, user_agent: str, at: datetime) -> Session:
    return Session(
        user=user,
        token_version=user.token_version,
        created_at=at,
        last_used_at=at,
        expires_at=at + SESSION_LIFETIME,
        ip=client_address.current(),
        user_agent=user_agent.replace("\0", "")[:LONGEST_AGENT],
    )


def _signed_in(*, session: Session, token: RefreshToken, at: datetime) -> SignedIn:
    return SignedIn(
        user=session.user,
        access=tokens.issue(session=session, at=at),
        refresh=token.text(key=_refresh_key()),
    )


@transaction.atomic
def _end_after_reuse(*, session: Session, at: datetime) -> None:
    """End the session, once, and tell its owner."""
    if not Session.objects.filter(pk=session.pk).end(at=at):
        return
    user = session.user
    context = {"session_started_at": session.created_at.isoformat(), "ip": session.ip}
    outbox.put(MailKind.SESSION_STOLEN, address=user.email, user=user, context=context, at=at)
    after = {"session": str(session.pk)}
    audit.record(Action.REFRESH_REUSED, at=at, subject=user, after=after)


def _refresh_key() -> bytes:
    return salted_hmac("accounts.refresh_tokens", "", algorithm="sha256").digest()
