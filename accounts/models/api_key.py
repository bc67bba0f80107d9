"""Keys for programs."""

from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts import changes, keys
from common.ids import uuid7

USE_NOTED_EVERY = timedelta(minutes=1)


class Scope(models.TextChoices):
    """What a key allows: `read` is GET and the agents, `write` the rest."""

    READ = "read"
    WRITE = "write"


def all_scopes() -> list[str]:
    return list(Scope.values)


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    """Words that narrow keys, and what is done to many."""

    def live(self, *, at: datetime) -> Self:
        return self.filter(
            Q(revoked_at__isnull=True) | Q(revoked_at__gt=at),
            Q(expires_at__isnull=True) | Q(expires_at__gt=at),
        )

    def revoke(self, *, at: datetime) -> int:
        """End the keys now, also those that were to end later; say how many."""
        live = self.live(at=at)
        changes.tell(set(live.values_list("user_id", flat=True)))
        return live.update(revoked_at=at)

    def note_use(self, *, at: datetime) -> int:
        """Write when the keys were used, unless that was done less than a minute ago."""
        stale = Q(last_used_at__isnull=True) | Q(last_used_at__lte=at - USE_NOTED_EVERY)
        return self.filter(stale).update(last_used_at=at)


class ApiKey(models.Model):
    """A key of a user's program. The key itself is not kept, only its HMAC."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=255)
    prefix = models.CharField(
        max_length=keys.PREFIX_LENGTH, unique=True, editable=False, db_column="key_prefix"
    )
    key_hash = models.CharField(max_length=64, editable=False)
    pepper_version = models.PositiveSmallIntegerField(editable=False)
    scopes = ArrayField(models.CharField(max_length=20, choices=Scope), default=all_scopes)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    # May lie ahead: a rotated key works until its grace ends.
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        db_table = "api_keys"
        verbose_name = "API key"
        indexes = [models.Index(fields=["created_at"], name="api_key_by_created")]
        constraints = [
            models.CheckConstraint(
                condition=Q(scopes__contained_by=list(Scope.values)) & ~Q(scopes=[]),
                name="api_key_scopes_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({keys.MARK}_{self.prefix}…)"

    def is_live(self, *, at: datetime) -> bool:
        revoked = self.revoked_at is not None and self.revoked_at <= at
        expired = self.expires_at is not None and self.expires_at <= at
        return not revoked and not expired

    @property
    def ends_at(self) -> datetime | None:
        """When the key stops working if nobody does anything; None: never."""
        ends = [end for end in (self.expires_at, self.revoked_at) if end is not None]
        return min(ends, default=None)

    def is_use_unnoted(self, *, at: datetime) -> bool:
        return self.last_used_at is None or self.last_used_at <= at - USE_NOTED_EVERY

    def allows(self, scope: Scope) -> bool:
        return scope in self.scopes
