"""People."""

import unicodedata
import uuid
from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.functions import RandomUUID
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Upper
from django.utils import timezone
from django.utils.crypto import salted_hmac

from common.ids import uuid7


class Tier(models.TextChoices):
    """What somebody pays for."""

    FREE = "free"
    PRO = "pro"
    ENTERPRISE = "enterprise"


class Role(models.TextChoices):
    """What somebody may do to others' affairs."""

    USER = "user"
    SUPPORT = "support"
    ADMIN = "admin"


class UserManager(BaseUserManager["User"]):
    """Makes users, and finds them whichever way they write their address."""

    @classmethod
    def normalize_email(cls, email: str | None) -> str:
        return unicodedata.normalize("NFKC", (email or "").strip()).lower()

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=self.normalize_email(username))

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Make a user. Without a password nobody can sign in with one."""
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        rights = {"is_staff": True, "is_superuser": True, "email_verified": True}
        return self.create_user(email, password, **(fields | rights))


class User(AbstractBaseUser, PermissionsMixin):
    """Somebody with an account. The e-mail address is the name, in lower case always."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField("e-mail address", unique=True)
    password = models.CharField(max_length=255, db_column="hashed_password")
    full_name = models.CharField(max_length=255, blank=True, default="")
    tier = models.CharField(max_length=50, choices=Tier, default=Tier.FREE)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField("may enter the admin site", default=False)
    is_superuser = models.BooleanField("admin", default=False, db_column="is_admin")
    email_verified = models.BooleanField(default=False)
    # Raising it ends every session and access token of the user at once.
    token_version = models.PositiveIntegerField(default=0, editable=False)
    # By which the audit log knows the user: erasing the user erases who that was.
    audit_id = models.UUIDField(
        default=uuid.uuid4, db_default=RandomUUID(), unique=True, editable=False
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        db_table = "users"
        indexes = [
            models.Index(fields=["created_at"], name="user_by_created"),
            models.Index(fields=["tier", "-id"], name="user_by_tier"),
            models.Index(fields=["is_active", "-id"], name="user_by_activity"),
            models.Index(fields=["-created_at"], name="user_staff", condition=Q(is_staff=True)),
            models.Index(
                fields=["-created_at"], name="user_unverified", condition=Q(email_verified=False)
            ),
            GinIndex(OpClass(Upper("email"), "gin_trgm_ops"), name="user_email_parts"),
            GinIndex(OpClass(Upper("full_name"), "gin_trgm_ops"), name="user_name_parts"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(email=Lower("email")), name="user_email_lower_case"),
            models.CheckConstraint(condition=Q(tier__in=Tier.values), name="user_tier_known"),
            models.CheckConstraint(
                condition=Q(is_superuser=False) | Q(is_staff=True), name="user_admin_is_staff"
            ),
        ]

    def __str__(self) -> str:
        return self.email

    def clean(self) -> None:
        super().clean()
        self.email = User.objects.normalize_email(self.email)

    @property
    def is_admin(self) -> bool:
        return self.is_superuser

    @property
    def roles(self) -> list[Role]:
        if self.is_superuser:
            return [Role.USER, Role.ADMIN]
        return [Role.USER, Role.SUPPORT] if self.is_staff else [Role.USER]

    @roles.setter
    def roles(self, roles: Iterable[str]) -> None:
        chosen = set(roles)
        self.is_superuser = Role.ADMIN in chosen
        self.is_staff = self.is_superuser or Role.SUPPORT in chosen

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Return what a browser's session must know: it changes as sessions are ended."""
        known = f"{self.password}:{self.token_version}"
        salt = "accounts.models.User.session"
        return salted_hmac(salt, known, secret=secret, algorithm="sha256").hexdigest()
