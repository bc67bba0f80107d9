"""Secrets of webhooks, and what they sign: Standard Webhooks."""

import base64
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.crypto import get_random_string, salted_hmac
from standardwebhooks import Webhook

from batch.models import WebhookSecret

GRACE = timedelta(days=1)  # for which a secret that was replaced signs besides
SALT = "batch.webhooks"


def new_salt() -> str:
    return get_random_string(40)


def secret_of(salt: str) -> str:
    """Return the secret that a salt stands for, as Standard Webhooks writes them.

    It is made anew each time, of the server's key: who reads the database cannot sign.
    """
    digest = salted_hmac(SALT, salt, algorithm="sha256").digest()
    return f"whsec_{base64.b64encode(digest).decode()}"


def secret_for(user_id: UUID) -> WebhookSecret:
    """Return a user's secret, as it is kept; the first time it is made."""
    made, _ = WebhookSecret.objects.get_or_create(user_id=user_id, defaults={"salt": new_salt()})
    return made


def headers(
    secret: WebhookSecret, *, message_id: str, payload: str, at: datetime
) -> dict[str, str]:
    """Return what makes a message one of ours: by the secret, and for a day by the one before."""
    salts = [secret.salt]
    if secret.previous_salt and secret.rotated_at and at - secret.rotated_at < GRACE:
        salts.append(secret.previous_salt)
    signed = (Webhook(secret_of(salt)).sign(message_id, at, payload) for salt in salts)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signed),
    }
