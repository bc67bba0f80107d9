"""The secret that a user's webhooks are signed with."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from batch import signatures
from batch.models import WebhookSecret


def secret_of(*, user_id: UUID) -> WebhookSecret:
    """Return a user's secret; the first time it is made."""
    made, _ = WebhookSecret.objects.get_or_create(
        user_id=user_id, defaults={"salt": signatures.new_salt()}
    )
    return made


@transaction.atomic
def rotate(*, user_id: UUID, at: datetime) -> WebhookSecret:
    """Make another secret: for a day both sign, so that no message is taken for a forgery."""
    secret_of(user_id=user_id)
    secret = WebhookSecret.objects.select_for_update().get(user_id=user_id)
    secret.previous_salt, secret.salt = secret.salt, signatures.new_salt()
    secret.rotated_at = at
    secret.save()
    return secret
