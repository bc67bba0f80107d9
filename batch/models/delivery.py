"""What is told to the addresses that owners of jobs gave."""

from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from batch.models.job import BatchJob
from common.ids import uuid7

# How long to wait after each attempt: with all of them for about two days. The first is also how
# long one may take before somebody else makes another.
WAITS = tuple(
    timedelta(seconds=seconds)
    for seconds in (30, 120, 600, 1800, 7200, 18_000, 36_000, 50_400, 50_400)
)
MOST_ATTEMPTS = len(WAITS) + 1


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def waiting(self) -> Self:
        return self.filter(delivered_at__isnull=True, given_up_at__isnull=True)

    def due(self, *, at: datetime) -> Self:
        return self.waiting().filter(next_at__lte=at).order_by("next_at")


class Delivery(models.Model):
    """One message to a webhook, written with what it tells of, and sent by a worker."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    job = models.ForeignKey(BatchJob, models.CASCADE, related_name="deliveries")
    event = models.CharField(max_length=50)
    url = models.URLField(max_length=2000)
    payload = models.TextField()  # as it is sent and signed, to the byte
    attempts = models.PositiveSmallIntegerField(default=0)
    response_status = models.PositiveSmallIntegerField(null=True)
    error = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    next_at = models.DateTimeField(default=timezone.now)
    delivered_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        db_table = "webhook_deliveries"
        verbose_name_plural = "deliveries"
        indexes = [
            models.Index(
                fields=["next_at"],
                name="delivery_waiting",
                condition=Q(delivered_at__isnull=True, given_up_at__isnull=True),
            ),
            models.Index(
                fields=["id"], name="delivery_given_up", condition=Q(given_up_at__isnull=False)
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(delivered_at__isnull=True) | Q(given_up_at__isnull=True),
                name="delivery_ends_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} of {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def status(self) -> str:
        if self.delivered_at:
            return "delivered"
        return "failed" if self.given_up_at else "pending"

    def wait(self) -> timedelta:
        """Return how long to wait after the present attempt."""
        return WAITS[min(max(self.attempts, 1), len(WAITS)) - 1]


class WebhookSecret(models.Model):
    """What the secret of a user is made of: without the server's own key it is worth nothing."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="webhook_secret"
    )
    salt = models.CharField(max_length=64)
    # Signs besides until `rotated_at` is a day ago.
    previous_salt = models.CharField(max_length=64, blank=True)
    rotated_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "webhook_secrets"

    def __str__(self) -> str:
        return f"of {self.user_id}"
