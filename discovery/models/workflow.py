"""Workflows: what was asked of several agents in a row, how far that is, and what came of it."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from common.ids import uuid7


class WorkflowStatus(models.TextChoices):
    # What is pending, running or cancelled is a job of `batch`; here stands what has ended.
    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    PARTIAL = "partial"  # a stage failed, others have something to show
    FAILED = "failed"
    CANCELLED = "cancelled"


class WorkflowQuerySet(models.QuerySet["Workflow"]):
    def of(self, user_id: object) -> Self:
        return self.filter(user_id=user_id)


class Workflow(models.Model):
    """One workflow of a user, whose caller waited for it. It is kept once it has ended."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="workflows", db_index=False
    )
    asked = models.JSONField()  # the body of the call, as far as it is valid
    status = models.CharField(max_length=10, choices=WorkflowStatus)
    stage_results = models.JSONField(default=list)
    progress = models.PositiveSmallIntegerField(default=0)
    answer = models.JSONField(null=True)  # what else is answered, once it has ended
    error = models.TextField(blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)

    objects = WorkflowQuerySet.as_manager()

    class Meta:
        db_table = "workflows"
        indexes = [
            models.Index(fields=["user", "-id"], name="workflow_by_user"),
            models.Index(fields=["completed_at"], name="workflow_age"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    completed_at__isnull=False, status__in=["completed", "partial", "failed"]
                ),
                name="workflow_has_ended",
            ),
            models.CheckConstraint(condition=Q(progress__lte=100), name="workflow_progress_to_100"),
        ]

    def __str__(self) -> str:
        return f"{self.asked.get('workflow_type')} {self.status} {self.progress} %"
