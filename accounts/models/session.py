"""Sign-ins."""

from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts import changes
from common.ids import uuid7


class SessionQuerySet(models.QuerySet["Session"]):
    """Words that narrow sessions, and what is done to many."""

    def live(self, *, at: datetime) -> Self:
        return self.filter(ended_at__isnull=True, expires_at__gt=at)

    def rotate(self, *, spent: str, fresh: str, at: datetime) -> bool:
        """Replace one token digest by another; say whether it was there to be replaced.

        One statement, so that of many callers with the same token exactly one succeeds.
        """
        live = self.live(at=at).filter(token_digest=spent)
        return live.update(token_digest=fresh, rotated_at=at, last_used_at=at) == 1

    def end(self, *, at: datetime) -> int:
        """End the sessions and their access tokens, from the next request on; say how many."""
        going_on = self.filter(ended_at__isnull=True)
        changes.tell(set(going_on.values_list("user_id", flat=True)))
        return going_on.update(ended_at=at)

    def note_use(self, *, at: datetime) -> int:
        """Write when the sessions were used."""
        return self.update(last_used_at=at)


class Session(models.Model):
    """One sign-in: to the API, a chain of refresh tokens of which the last one is good; or a browser's."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="sessions")
    # The user's when they signed in: raising the user's ends this session.
    token_version = models.PositiveIntegerField()
    # Of the present refresh token; a browser has none, but a cookie with this key instead.
    token_digest = models.CharField(max_length=64, blank=True, default="")
    browser_key = models.CharField(max_length=40, blank=True, default="")
    rotated_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    last_used_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ip = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=255, blank=True, default="")

    objects = SessionQuerySet.as_manager()

    class Meta:
        db_table = "user_sessions"
        indexes = [
            models.Index(fields=["expires_at"], name="session_by_expiry"),
            models.Index(fields=["created_at"], name="session_by_created"),
            models.Index(fields=["ip"], name="session_by_ip"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} since {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def is_browser(self) -> bool:
        return bool(self.browser_key)

    def is_good(self, *, at: datetime) -> bool:
        """Say whether whoever holds this session may act as its user."""
        return self.is_live(at=at) and self.belongs_to_good_user()

    def is_live(self, *, at: datetime) -> bool:
        return self.ended_at is None and at < self.expires_at

    def belongs_to_good_user(self) -> bool:
        return self.user.is_active and self.user.token_version == self.token_version

    def was_just_rotated_to(self, digest: str, *, at: datetime, grace: timedelta) -> bool:
        """Say whether this digest is the present one and came not longer ago than the grace."""
        return (
            self.token_digest == digest
            and self.rotated_at is not None
            and at - self.rotated_at <= grace
        )
