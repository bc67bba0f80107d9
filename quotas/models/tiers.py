"""What tiers include, and who changed from one to another."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Tier
from common.ids import uuid7
from quotas.tiers import Limits


class TierLimits(models.Model):
    """One tier: staff edit it. An empty limit is none."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tier = models.CharField(max_length=50, choices=Tier, unique=True)
    hour = models.PositiveIntegerField("requests an hour", null=True, blank=True)
    day = models.PositiveIntegerField("requests a day", null=True, blank=True)
    concurrent_jobs = models.PositiveIntegerField("batch jobs at once", null=True, blank=True)
    queries_per_job = models.PositiveIntegerField("queries a job", null=True, blank=True)
    ai = models.BooleanField("AI summaries", default=False)
    burst = models.PositiveIntegerField("requests a second", null=True, blank=True)
    monthly_price = models.DecimalField(
        "dollars a month", max_digits=8, decimal_places=2, null=True, blank=True
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "tiers"
        verbose_name = "tier"
        constraints = [
            models.CheckConstraint(condition=Q(tier__in=Tier.values), name="tier_known"),
            models.CheckConstraint(condition=~Q(burst=0), name="tier_burst_lets_somebody_in"),
        ]

    def __str__(self) -> str:
        return str(self.tier)

    @property
    def limits(self) -> Limits:
        return Limits(
            hour=self.hour,
            day=self.day,
            concurrent_jobs=self.concurrent_jobs,
            queries_per_job=self.queries_per_job,
            ai=self.ai,
            burst=self.burst,
        )


class TierChange(models.Model):
    """Somebody's tier was changed. What it tells of revenue outlives the account."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.DO_NOTHING,  # PostgreSQL itself sets it to null
        null=True,
        db_constraint=False,
        related_name="tier_changes",
    )
    gone = models.UUIDField(null=True, editable=False)
    before = models.CharField(max_length=50, choices=Tier)
    after = models.CharField(max_length=50, choices=Tier)
    at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        db_table = "tier_changes"

    def __str__(self) -> str:
        return f"{self.before} → {self.after} {self.at:%Y-%m-%d}"


class GoneAccount(models.Model):
    """An account that is no more: what sums need of it, and nothing that leads to the person.

    A trigger writes it, whatever deletes the account. The id is random, and stands as `gone` in what
    was the account's and stays. Days, not moments: those would stand in other places too.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    tier = models.CharField(max_length=50, choices=Tier)
    registered_on = models.DateField(db_index=True)
    gone_on = models.DateField(db_index=True)

    class Meta:
        db_table = "gone_accounts"

    def __str__(self) -> str:
        return f"{self.tier} {self.registered_on} to {self.gone_on}"
