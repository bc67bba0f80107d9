"""Mail that is to be sent."""

from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from common.ids import uuid7

MOST_ATTEMPTS = 12  # with the waits below: for about two days
FIRST_WAIT = timedelta(minutes=1)  # also how long a sender may take before another one tries
LONGEST_WAIT = timedelta(hours=6)


class MailKind(models.TextChoices):
    """What a mail says; its templates are `templates/email/<kind>.txt` and `.html`."""

    VERIFICATION = "verification"
    ALREADY_REGISTERED = "already_registered"
    PASSWORD_RESET = "password_reset"  # noqa: S105 (a name)
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 (a name)
    SESSION_STOLEN = "session_stolen"
    PROVIDER_LINKED = "provider_linked"
    API_KEY_EXPIRING = "api_key_expiring"


class MailQuerySet(models.QuerySet["Mail"]):
    """Words that narrow mails."""

    def waiting(self) -> Self:
        return self.filter(sent_at__isnull=True, given_up_at__isnull=True)

    def due(self, *, at: datetime) -> Self:
        return self.waiting().filter(next_at__lte=at).order_by("next_at")


class Mail(models.Model):
    """One mail in the outbox, written with what causes it and sent by a worker.

    It holds no secret: links with tokens are made when it is sent. Whether the address has an
    account is looked up then, too, so that asking for a mail takes the same time for any address.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=40, choices=MailKind)
    address = models.EmailField()
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="mails"
    )
    context = models.JSONField(default=dict)
    # Of mails with the same name only the first is kept.
    once = models.CharField(max_length=100, null=True, unique=True)  # noqa: DJ001 (null is unequal)
    created_at = models.DateTimeField(default=timezone.now)
    next_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=255, blank=True, default="")
    sent_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)

    objects = MailQuerySet.as_manager()

    class Meta:
        db_table = "mail_outbox"
        indexes = [
            models.Index(
                fields=["next_at"],
                name="mail_waiting",
                condition=Q(sent_at__isnull=True, given_up_at__isnull=True),
            ),
            models.Index(fields=["address"], name="mail_by_address"),
            models.Index(
                fields=["id"], name="mail_given_up", condition=Q(given_up_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.created_at:%Y-%m-%d %H:%M}"

    def wait(self) -> timedelta:
        """Return how long to wait after the present attempt: twice as long each time."""
        wait: timedelta = FIRST_WAIT * 2 ** max(0, self.attempts - 1)
        return min(LONGEST_WAIT, wait)
