"""Tokens that let somebody set a password who does not know the present one.

Django's: valid for an hour, and worthless once the password or the account has changed.
"""

from uuid import UUID

from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db.models import QuerySet
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

from accounts.models import User


class _Generator(PasswordResetTokenGenerator):
    key_salt = "accounts.password_tokens"

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        return f"{super()._make_hash_value(user, timestamp)}{user.token_version}"


_generator = _Generator()


def parts_for(user: User) -> tuple[str, str]:
    """Return what the link in the mail says: `uid` and `token`."""
    return urlsafe_base64_encode(user.pk.bytes), _generator.make_token(user)


def users_of(uid: str) -> QuerySet[User]:
    """Return whose link it is; nobody, if it is no link of ours."""
    try:
        return User.objects.filter(pk=UUID(bytes=urlsafe_base64_decode(uid)))
    except ValueError:
        return User.objects.none()


def fits(user: User, token: str) -> bool:
    return _generator.check_token(user, token)
