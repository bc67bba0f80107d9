"""The first admin, who makes all others."""

from collections.abc import Callable
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.validators import validate_email
from django.db import transaction

from accounts import audit, changes
from accounts.models import Action, Role, User


def ensure_admin(*, email: str, password: str | None, ask: Callable[[], str], at: datetime) -> bool:
    """Make an admin, or make the user of that address one; say whether the account is new.

    :param password: for a new account, or in place of the one it has; None keeps that
    :param ask: asked for the password of a new account, if none is given
    :raises django.core.exceptions.ValidationError: if address or password will not do
    """
    address = User.objects.normalize_email(email)
    validate_email(address)
    user = User.objects.filter(email=address).first()
    is_new = user is None
    user = user or User(email=address, created_at=at)
    if password is None and is_new:
        password = ask()
    if password is not None:
        validate_password(password, user)
        user.password = make_password(password)
    before = {"roles": [] if is_new else [str(one) for one in user.roles]}
    user.roles = [Role.ADMIN]
    user.is_active = user.email_verified = True
    user.updated_at = at
    with transaction.atomic():
        user.save()
        changes.tell([user.pk])
        after = {"roles": [str(one) for one in user.roles]}
        audit.record(Action.ROLE_CHANGED, at=at, subject=user, before=before, after=after)
    return is_new
