"""How Django signs people in to pages, and what it lets them do."""

from typing import Any
from uuid import UUID

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest
from django.utils import timezone

from accounts import roles
from accounts.models import User
from accounts.services import passwords


class AccountBackend(BaseBackend):
    """Address and password by the same rules as the API; permissions by role, from one table."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **credentials: Any,
    ) -> User | None:
        """Return who that is.

        :raises LoginThrottled: and what else `passwords.authenticate` refuses, but wrong passwords
        """
        email = username or credentials.get("email")
        if not email or password is None:
            return None
        try:
            return passwords.authenticate(email=email, password=password, at=timezone.now())
        except passwords.InvalidCredentials:
            return None

    def get_user(self, user_id: UUID) -> User | None:
        return User.objects.filter(pk=user_id, is_active=True).first()

    def has_perm(self, user_obj: Any, perm: str, obj: object = None) -> bool:
        return bool(user_obj.is_active) and roles.allow(user_obj.roles, perm)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        return bool(user_obj.is_active) and roles.allow_some_of(user_obj.roles, app_label)
