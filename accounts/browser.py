"""Browsers' sessions: Django's cookie leads to one of our sessions, which can be seen and ended."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import auth
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import Session, User
from accounts.services import sessions

SESSION = "accounts.session"  # where the cookie's session keeps the id of ours
USE_NOTED_EVERY = timedelta(minutes=1)


class PageRequest(HttpRequest):
    """A request behind `BrowserMiddleware`, for type checkers."""

    sign_in: Session | None


def user_of(request: Any) -> User | AnonymousUser:
    """Return whose browser sent a request, and set `request.sign_in` to the session, or to None."""
    request.sign_in = None
    user = auth.get_user(request)
    if not isinstance(user, User):
        return AnonymousUser()
    at = timezone.now()
    session = Session.objects.filter(pk__in=_session_ids(request), user=user).first()
    if session is None or not session.is_live(at=at):
        return AnonymousUser()
    if session.token_version != user.token_version:
        return AnonymousUser()
    if at - session.last_used_at >= USE_NOTED_EVERY:
        Session.objects.filter(pk=session.pk).note_use(at=at)
    session.user = user
    request.sign_in = session
    return user


def sign_in_of(kept: Any) -> Session | None:
    """Return the session, with its user, that a cookie leads to, without a request.

    :param kept: Django's session
    """
    request: Any = HttpRequest()
    request.session = kept
    user_of(request)
    found: Session | None = request.sign_in
    return found


@receiver(user_logged_in, dispatch_uid="accounts.browser.start")
def start(request: Any, user: User, **_: object) -> None:
    """Start our session with Django's, whichever page or library signed the user in."""
    session = sessions.start_browser(
        user=user,
        browser_key=request.session.session_key,
        user_agent=request.META.get("HTTP_USER_AGENT", ""),
        at=timezone.now(),
    )
    request.session[SESSION] = str(session.pk)
    request.sign_in = session


@receiver(user_logged_out, dispatch_uid="accounts.browser.end")
def end(request: Any, user: User | None, **_: object) -> None:
    session = getattr(request, "sign_in", None)
    if session is not None and user is not None:
        sessions.sign_out(user=user, session=session, token=None, at=timezone.now())


def stay(request: Any, *, session: Session) -> None:
    """Let the browser that changed its user's password go on, under another key."""
    auth.update_session_auth_hash(request, session.user)
    Session.objects.filter(pk=session.pk).update(browser_key=request.session.session_key)


def _session_ids(request: Any) -> list[UUID]:
    """Return the id of our session that the cookie leads to; none if it is from before ours."""
    kept = request.session.get(SESSION)
    return [UUID(kept)] if kept else []
