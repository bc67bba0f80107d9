"""Keys that prove that somebody reads the mail of an address."""

from datetime import timedelta
from uuid import UUID

from django.core import signing

from accounts.models import User
from common.errors import OracleError

LIFETIME = timedelta(days=3)
SALT = "accounts.email_keys"


class KeyInvalid(OracleError):
    """The key was cut, is too old, or was for another address."""

    status = 400
    code = "validation_error"
    detail = "This key is not valid, or not any more. Ask for another mail."


def key_for(user: User) -> str:
    """Return the key that goes into a mail to the user's address."""
    return signing.dumps([str(user.pk), user.email], salt=SALT)


def read(key: str) -> tuple[UUID, str]:
    """Return whose key it is, and for which address.

    :raises KeyInvalid: unless we signed it within the last three days
    """
    try:
        user_id, email = signing.loads(key, salt=SALT, max_age=LIFETIME)
        return UUID(user_id), str(email)
    except (signing.BadSignature, ValueError, TypeError, AttributeError) as error:
        raise KeyInvalid from error
