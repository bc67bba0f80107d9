"""Limits of one user that differ from their tier's."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from common.ids import uuid7


class OverrideQuerySet(models.QuerySet["Override"]):
    def in_force(self, *, at: datetime) -> Self:
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=at))


class Override(models.Model):
    """What `values` names holds in place of the tier's; null is unlimited, what is absent stays."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="quota_override"
    )
    values = models.JSONField()
    reason = models.CharField(max_length=500)
    expires_at = models.DateTimeField(null=True, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)

    objects = OverrideQuerySet.as_manager()

    class Meta:
        db_table = "quota_overrides"
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="override_has_a_reason"),
            models.CheckConstraint(condition=~Q(values={}), name="override_sets_something"),
        ]

    def __str__(self) -> str:
        said = ", ".join(
            f"{name} {'unlimited' if value is None else value}"
            for name, value in sorted(self.values.items())
        )
        return f"{self.user_id}: {said}"
