"""What people change about themselves."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import Action, User


@transaction.atomic
def change(*, user: User, changes: Mapping[str, str], at: datetime) -> User:
    """Change the full name; the log knows that it changed, not what it was.

    :param changes: `full_name`, or nothing
    """
    if changes.get("full_name", user.full_name) == user.full_name:
        return user
    user.full_name = changes["full_name"]
    user.updated_at = at
    user.save(update_fields=["full_name", "updated_at"])
    after = {"changed": ["full_name"]}
    audit.record(Action.ACCOUNT_CHANGED, at=at, actor=user, subject=user, after=after)
    return user
