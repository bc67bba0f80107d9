"""One query of a job, and what became of it."""

from typing import Self
from uuid import UUID

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from batch.models.job import BatchJob
from batch.states import OPEN, ItemState
from common.ids import uuid7


class BatchItemQuerySet(models.QuerySet["BatchItem"]):
    def open(self) -> Self:
        return self.filter(status__in=OPEN)

    def due(self) -> Self:
        """Return those that somebody could begin now, by the clock of PostgreSQL."""
        return self.open().filter(due_at__lte=Now())

    def of_workflow(self, *, user_id: object, workflow_id: UUID) -> Self:
        """Return what runs a workflow of this user in the background, with its job."""
        job = {"job": workflow_id, "job__user": user_id, "job__is_workflow": True}
        return self.select_related("job").filter(**job)

    def held(self, *, item_id: UUID, fence: int) -> Self:
        """Return the item if whoever has this fence still runs it."""
        return self.filter(pk=item_id, fence=fence, status=ItemState.RUNNING)


class BatchItem(models.Model):
    """One query.

    `due_at` is when it may be begun: at once, after a wait, or when the lease of who runs it ends.
    `fence` tells apart who runs it: each that begins it raises it, and only the last one writes.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    job = models.ForeignKey(BatchJob, models.CASCADE, related_name="items", db_index=False)
    index = models.PositiveIntegerField()
    query = models.TextField()  # empty if a workflow names its series
    status = models.CharField(
        max_length=20,
        choices=[(one.value, one.value) for one in ItemState],
        default=ItemState.PENDING.value,
    )
    attempts = models.PositiveIntegerField(default=0)
    faults = models.PositiveSmallIntegerField(default=0)  # of others, such as a database away
    crashes = models.PositiveSmallIntegerField(default=0)  # of those who ran it
    fence = models.BigIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    worker = models.CharField(max_length=100, blank=True)
    result = models.JSONField(null=True)
    stages = models.JSONField(null=True)  # how far a workflow in the background is: `Stages`
    error = models.TextField(blank=True)
    error_code = models.CharField(max_length=50, blank=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = BatchItemQuerySet.as_manager()

    class Meta:
        db_table = "batch_job_items"
        indexes = [
            models.Index(
                fields=["job", "due_at", "index"],
                name="batch_item_due",
                condition=Q(status__in=["pending", "running"]),
            ),
            models.Index(fields=["id"], name="batch_item_failed", condition=Q(status="failed")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["job", "index"], name="batch_item_once"),
            models.CheckConstraint(
                condition=Q(
                    status__in=["pending", "running"],
                    result__isnull=True,
                    finished_at__isnull=True,
                )
                | Q(
                    status="completed",
                    result__isnull=False,
                    finished_at__isnull=False,
                    error="",
                )
                | (
                    Q(status="failed", result__isnull=True, finished_at__isnull=False)
                    & ~Q(error="")
                )
                | Q(status="cancelled", result__isnull=True, finished_at__isnull=False),
                name="batch_item_ends_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.index} {self.status}"
