"""The secret that a user's webhooks are signed with."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from batch import signatures
from batch.models import WebhookSecret


@transaction.atomic
def rotate(*, user_id: UUID, at: datetime) -> WebhookSecret:
    """Make another secret: for a day both sign, so that no message is taken for a forgery."""
    signatures.secret_for(user_id)
    secret = WebhookSecret.objects.select_for_update().get(user_id=user_id)
    secret.previous_salt, secret.salt = secret.salt, signatures.new_salt()
    secret.rotated_at = at
    secret.save()
    return secret
