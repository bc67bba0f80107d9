"""Telling those who keep in memory who somebody is that this has changed."""

from collections.abc import Iterable
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string


def tell(user_ids: Iterable[UUID]) -> None:
    """Have all servers forget, once the transaction is committed, what they know of these users."""
    forget = import_string(settings.IDENTITY_CHANGED)
    for user_id in user_ids:
        transaction.on_commit(partial(forget, user_id))
