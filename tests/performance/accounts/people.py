"""Users straight into the database, and sessions of theirs."""

from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from accounts.models import Tier, User
from accounts.services import sessions
from accounts.services.sessions import SignedIn
from tests.factories import UserFactory, hash_of_password


def person(**fields: Any) -> User:
    """Make a user whom no quota holds up."""
    return UserFactory.create(tier=Tier.ENTERPRISE, **fields)


def admin() -> User:
    return person(is_staff=True, is_superuser=True)


def sign_in(user: User) -> SignedIn:
    return sessions.start(user=user, user_agent="", how="password", at=timezone.now())


def people(emails: Iterable[str], **fields: Any) -> None:
    """Make many users at once."""
    given = {"password": hash_of_password(), **fields}
    User.objects.bulk_create([User(email=email, **given) for email in emails])
