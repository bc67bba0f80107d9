"""Checking passwords: one place for the API, the pages and the admin site."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX as NO_PASSWORD
from django.contrib.auth.hashers import check_password

from accounts import audit, hashers
from accounts.models import Action, Session, User
from accounts.services import attempts
from accounts.services.attempts import Exhausted, Limit
from common import client_address
from common.errors import OracleError, TooManyRequests

# Failed sign-ins within 15 minutes.
ONE_ACCOUNT_FROM_ONE_SITE = 10
ONE_ACCOUNT = 100
ONE_SITE = 50


class InvalidCredentials(OracleError):
    """The same for a wrong password, an unknown address and a disabled account."""

    status = 401
    code = "invalid_credentials"


class EmailUnverified(OracleError):
    """The password is right, but the address was never proven."""

    status = 403
    code = "email_unverified"


class LoginThrottled(TooManyRequests):
    """Too many guesses of late."""

    code = "login_throttled"


def authenticate(*, email: str, password: str, at: datetime) -> User:
    """Return whose address and password these are.

    The attempt is counted before the password is looked at, and not any more once it was right.

    :raises InvalidCredentials: after the same time whether or not there is such an account
    :raises EmailUnverified: after the right password, if addresses must be verified
    :raises LoginThrottled: if there were too many failures, even for the right password
    :raises ServiceUnavailable: if too many passwords are being checked
    """
    with hashers.counter.turn():  # first: who waits for a turn has not guessed yet
        email = User.objects.normalize_email(email)
        user = User.objects.filter(email=email).first()
        limits = _limits(email, user, at=at)
        _count(limits, user, at=at)
        # Without a user Django hashes something all the same.
        is_right = user.check_password(password) if user else check_password(password, NO_PASSWORD)
    if user is None or not is_right or not user.is_active:
        audit.record(Action.SIGN_IN_FAILED, at=at, subject=user)
        raise InvalidCredentials
    attempts.take_back(limits, at=at)
    if settings.EMAIL_VERIFICATION == "required" and not user.email_verified:
        raise EmailUnverified
    return user


def confirm(*, user: User, password: str, at: datetime) -> bool:
    """Say whether this is the user's password: somebody who is signed in proves it once more.

    Counted apart from sign-ins, so that nobody else's guesses lock the owner out.

    :raises LoginThrottled: after ten wrong ones within 15 minutes
    """
    subject = attempts.subject_of("confirm", str(user.pk))
    limits = [Limit("password", subject, ONE_ACCOUNT_FROM_ONE_SITE)]
    with hashers.counter.turn():
        _count(limits, user, at=at)
        is_right = user.check_password(password)
    if is_right:
        attempts.take_back(limits, at=at)
    else:
        audit.record(Action.PASSWORD_CHECK_FAILED, at=at, actor=user, subject=user)
    return is_right


def _limits(email: str, user: User | None, *, at: datetime) -> list[Limit]:
    address = client_address.current()
    site = client_address.site_of(address)
    both = attempts.subject_of("sign-in", email, site)
    limits = [
        Limit("login-account-address", both, ONE_ACCOUNT_FROM_ONE_SITE),
        Limit("login-address", attempts.subject_of("sign-in from", site), ONE_SITE),
    ]
    if not _is_known_here(user, address, at=at):
        account = attempts.subject_of("sign-in as", email)
        limits.append(Limit("login-account", account, ONE_ACCOUNT))
    return limits


def _is_known_here(user: User | None, address: str | None, *, at: datetime) -> bool:
    """Say whether the account is signed in from here: others' guesses do not lock its owner out."""
    sessions = Session.objects.live(at=at).filter(user=user, ip=address)  # asked of nobody, too
    return sessions.exists() and user is not None and address is not None


def _count(limits: Sequence[Limit], user: User | None, *, at: datetime) -> None:
    try:
        attempts.count(limits, at=at)
    except Exhausted as full:
        after = {"policy": full.limit.policy}
        audit.record(Action.SIGN_IN_THROTTLED, at=at, subject=user, after=after)
        raise LoginThrottled(
            retry_after=full.wait.total_seconds(), policy=full.limit.policy
        ) from full
