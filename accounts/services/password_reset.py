"""Setting another password: with the present one, or with a token that was mailed."""

from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.db import transaction

from accounts import audit, password_tokens
from accounts.models import Action, ApiKey, MailKind, Session, User
from accounts.services import outbox, passwords, sessions
from common import client_address
from common.errors import OracleError


class ResetInvalid(OracleError):
    """The token was used, is too old, or was cut."""

    status = 400
    code = "validation_error"
    detail = "This link is not valid, or not any more. Ask for another mail."


class WrongPassword(OracleError):
    """Somebody who is signed in does not know their password."""

    status = 400
    code = "validation_error"
    detail = "The current password is not right."

    def __init__(self, field: str) -> None:
        super().__init__(extra={"errors": {field: [self.detail]}})


def ask(*, email: str, at: datetime) -> None:
    """Mail a token to this address, if it has an account: the worker finds that out."""
    address = User.objects.normalize_email(email)
    with transaction.atomic():
        if outbox.may_put(MailKind.PASSWORD_RESET, address=address, at=at):
            outbox.put(MailKind.PASSWORD_RESET, address=address, at=at)
        audit.record(Action.PASSWORD_RESET_ASKED, at=at)


def confirm(*, uid: str, token: str, new_password: str, at: datetime) -> User:
    """Set the password by a mailed token, once, and end every session of the account.

    Whoever has the token reads the address's mail: that verifies it. What was made before by
    somebody who may never have read it ends, too: its API keys.

    :raises ResetInvalid: if the token will not do
    :raises django.core.exceptions.ValidationError: if the password will not do
    :raises ServiceUnavailable: if too many passwords are being hashed
    """
    found = _require_fit(password_tokens.users_of(uid).first(), token)
    validate_password(new_password, found)
    hashed = make_password(new_password)
    with transaction.atomic():
        # Of two at once the second finds the token spent.
        user = _require_fit(password_tokens.users_of(uid).select_for_update().first(), token)
        if not user.email_verified:
            ApiKey.objects.filter(user=user).revoke(at=at)
        user.email_verified = True
        _set(user, hashed, at=at)
        sessions.end_all(user=user, actor=user, at=at)
        audit.record(Action.PASSWORD_RESET, at=at, actor=user, subject=user)
    return user


def change(
    *, user: User, current_password: str, new_password: str, session: Session | None, at: datetime
) -> None:
    """Set another password, and end every session but this one.

    :raises WrongPassword: if the current one is not right
    :raises LoginThrottled: if that happened too often
    :raises django.core.exceptions.ValidationError: if the new one will not do
    :raises ServiceUnavailable: if too many passwords are being hashed
    """
    validate_password(new_password, user)
    if not passwords.confirm(user=user, password=current_password, at=at):
        raise WrongPassword("current_password")
    hashed = make_password(new_password)
    with transaction.atomic():
        _set(user, hashed, at=at)
        sessions.end_others(user=user, than=session, at=at)
        audit.record(Action.PASSWORD_CHANGED, at=at, actor=user, subject=user)


def _set(user: User, hashed: str, *, at: datetime) -> None:
    user.password = hashed
    user.updated_at = at
    user.save(update_fields=["password", "email_verified", "updated_at"])
    context = {"changed_at": at.isoformat(), "ip": client_address.current()}
    outbox.put(MailKind.PASSWORD_CHANGED, address=user.email, user=user, context=context, at=at)


def _require_fit(user: User | None, token: str) -> User:
    if user is None or not user.is_active or not password_tokens.fits(user, token):
        raise ResetInvalid
    return user
