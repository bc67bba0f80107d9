"""Making accounts, and proving their addresses. Nobody learns here which addresses have one."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.db import transaction

from accounts import audit, email_keys
from accounts.models import Action, MailKind, Tier, User
from accounts.services import outbox
from common.ids import uuid7
from monitoring import flags


@dataclass(frozen=True, slots=True)
class Registered:
    """What somebody who registers is told. Of a taken address it is made up."""

    id: UUID
    email: str
    full_name: str
    tier: str = Tier.FREE
    email_verified: bool = False


def require_open() -> None:
    """Go on only if accounts can be made.

    :raises SwitchedOff: if not, whoever asks
    """
    if not flags.is_on(flags.REGISTRATION):
        raise flags.SwitchedOff(
            "New accounts are not made at the moment. Who has one can sign in as always."
        )


def register(*, email: str, password: str, full_name: str, at: datetime) -> Registered:
    """Make an account and mail a key to its address; mail the owner instead if there is one.

    Both take the same statements, so the same time.

    :raises SwitchedOff: if no accounts are made at the moment
    :raises django.core.exceptions.ValidationError: if the password will not do
    :raises ServiceUnavailable: if too many passwords are being hashed
    """
    require_open()
    user = User(
        id=uuid7(),
        email=User.objects.normalize_email(email),
        full_name=full_name,
        created_at=at,
        updated_at=at,
    )
    validate_password(password, user)
    user.password = make_password(password)
    with transaction.atomic():
        User.objects.bulk_create([user], ignore_conflicts=True)
        is_new = User.objects.filter(pk=user.pk).exists()
        kind = MailKind.VERIFICATION if is_new else MailKind.ALREADY_REGISTERED
        if outbox.may_put(kind, address=user.email, at=at):
            outbox.put(kind, address=user.email, at=at)
        action = Action.REGISTERED if is_new else Action.REGISTERED_AGAIN
        audit.record(action, at=at, subject=user if is_new else None)
    return Registered(id=user.pk, email=user.email, full_name=user.full_name)


def verify(*, key: str, at: datetime) -> User:
    """Note that the address that a key was mailed to is its user's. Once more does no harm.

    :raises KeyInvalid: if the key will not do, or the user has another address by now
    """
    user_id, email = email_keys.read(key)
    with transaction.atomic():
        user = User.objects.select_for_update().filter(pk=user_id, email=email).first()
        if user is None or not user.is_active:
            raise email_keys.KeyInvalid
        if not user.email_verified:
            user.email_verified = True
            user.save(update_fields=["email_verified", "updated_at"])
            audit.record(Action.EMAIL_VERIFIED, at=at, actor=user, subject=user)
    return user


def resend(*, email: str, at: datetime) -> None:
    """Mail another key, if that address has an account that needs one: the worker knows."""
    address = User.objects.normalize_email(email)
    if outbox.may_put(MailKind.VERIFICATION, address=address, at=at):
        outbox.put(MailKind.VERIFICATION, address=address, at=at)
