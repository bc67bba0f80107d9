"""Workflows: what was asked of several agents in a row, how far that is, and what came of it."""

from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from common.ids import uuid7

# Longer than a stage takes. Each stage that ends renews it; when it ends, its holder is dead.
LEASE = timedelta(seconds=30)
MOST_ATTEMPTS = 3


class WorkflowStatus(models.TextChoices):
    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    PARTIAL = "partial"  # a stage failed, others have something to show
    FAILED = "failed"


UNFINISHED = (WorkflowStatus.PENDING, WorkflowStatus.RUNNING)


class WorkflowQuerySet(models.QuerySet["Workflow"]):
    def of(self, user_id: object) -> Self:
        return self.filter(user_id=user_id)

    def finished(self) -> Self:
        return self.exclude(status__in=UNFINISHED)

    def to_be_run(self, *, at: datetime) -> Self:
        """Return those that nobody runs: not yet, or not any more."""
        return self.filter(Q(lease_until=None) | Q(lease_until__lte=at), status__in=UNFINISHED)

    @transaction.atomic
    def claim(self, *, at: datetime) -> "Workflow | None":
        """Take the next one to run it; nobody else does so while the lease lasts.

        Whose workflows run least comes first, then who has waited longest.
        """
        running = (
            Workflow.objects.filter(user=OuterRef("user"), lease_until__gt=at)
            .order_by()
            .values("user")
            .annotate(count=Count("pk"))
        )
        waiting = self.to_be_run(at=at).annotate(
            others=Coalesce(Subquery(running.values("count")), 0)
        )
        found = waiting.select_for_update(skip_locked=True, of=("self",)).order_by("others", "pk")
        workflow = found.first()
        if workflow is not None:
            workflow.begin(at=at)
        return workflow


class Workflow(models.Model):
    """One workflow of a user. `attempts` tells apart who runs it: only the last one writes."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="workflows", db_index=False
    )
    asked = models.JSONField()  # the body of the call, as far as it is valid
    status = models.CharField(max_length=10, choices=WorkflowStatus, default=WorkflowStatus.PENDING)
    stage_results = models.JSONField(default=list)
    progress = models.PositiveSmallIntegerField(default=0)
    answer = models.JSONField(null=True)  # what else is answered, once it has ended
    error = models.TextField(blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)

    objects = WorkflowQuerySet.as_manager()

    class Meta:
        db_table = "workflows"
        indexes = [
            models.Index(fields=["user", "-id"], name="workflow_by_user"),
            models.Index(
                fields=["id"],
                name="workflow_to_be_run",
                condition=Q(status__in=["pending", "running"]),
            ),
            models.Index(fields=["completed_at"], name="workflow_age"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(completed_at__isnull=True, status__in=["pending", "running"])
                | Q(completed_at__isnull=False, status__in=["completed", "partial", "failed"]),
                name="workflow_ends_once",
            ),
            models.CheckConstraint(condition=Q(progress__lte=100), name="workflow_progress_to_100"),
        ]

    def __str__(self) -> str:
        return f"{self.asked.get('workflow_type')} {self.status} {self.progress} %"

    @property
    def is_finished(self) -> bool:
        return self.status not in UNFINISHED

    def begin(self, *, at: datetime) -> None:
        """Note that somebody runs it from now on. To be called with the row locked."""
        self.status = WorkflowStatus.RUNNING
        self.attempts += 1
        self.started_at = self.started_at or at
        self.lease_until = at + LEASE
        self.stage_results, self.progress = [], 0
        self.save()

    def note(self, *, at: datetime, **changes: Any) -> bool:
        """Write how far it is, and go on holding it; False if it is not ours any more."""
        return self._write(lease_until=at + LEASE, **changes)

    def end(self, *, at: datetime, **changes: Any) -> bool:
        """Write what came of it; False if it is not ours any more."""
        return self._write(completed_at=at, lease_until=None, progress=100, **changes)

    def _write(self, **changes: Any) -> bool:
        ours = Workflow.objects.filter(
            pk=self.pk, attempts=self.attempts, status=WorkflowStatus.RUNNING
        )
        if ours.update(**changes) != 1:
            return False
        for name, value in changes.items():
            setattr(self, name, value)
        return True
