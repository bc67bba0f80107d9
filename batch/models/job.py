"""A job: many questions that somebody sent at once, and how far they are."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import ExpressionWrapper, F, FloatField, Q
from django.utils import timezone

from batch.states import UNFINISHED, JobState, outcome_of
from common.ids import uuid7

ENDED = F("completed_tasks") + F("failed_tasks") + F("cancelled_tasks")
HEAVY = ("queries",)  # what one leaves where it is unless it is asked for


class BatchJobQuerySet(models.QuerySet["BatchJob"]):
    def of(self, user_id: object) -> Self:
        return self.filter(user_id=user_id)

    def unfinished(self) -> Self:
        return self.filter(status__in=UNFINISHED)

    def finished(self) -> Self:
        return self.exclude(status__in=UNFINISHED)

    def light(self) -> Self:
        return self.defer(*HEAVY)

    def locked(self) -> Self:
        """Keep others from changing them. Who wants items of the job too locks those after it."""
        return self.light().select_for_update(no_key=True, of=("self",))


class BatchJob(models.Model):
    """One job. Its counters change in the transactions that end its items, with this row locked."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="batch_jobs", db_index=False
    )
    workflow_type = models.CharField(max_length=50)
    queries = models.JSONField()
    parameters = models.JSONField(default=dict)
    metadata = models.JSONField(default=dict)
    webhook_url = models.URLField(max_length=2000, blank=True)
    # Asked for as a workflow in the background: one query, whose item has the job's own id.
    is_workflow = models.BooleanField(default=False, db_default=False)
    weight = models.PositiveSmallIntegerField(default=1)  # its share of the workers, beside others'
    status = models.CharField(
        max_length=50,
        choices=[(one.value, one.value) for one in JobState],
        default=JobState.PENDING.value,
    )
    total_tasks = models.PositiveIntegerField()
    completed_tasks = models.PositiveIntegerField(default=0)
    failed_tasks = models.PositiveIntegerField(default=0)
    cancelled_tasks = models.PositiveIntegerField(default=0)
    progress = models.GeneratedField(
        expression=ExpressionWrapper(100.0 * ENDED / F("total_tasks"), output_field=FloatField()),
        output_field=FloatField(),
        db_persist=True,
    )
    results = models.JSONField(null=True)  # what came of it in short; the answers are the items'
    error_message = models.TextField(blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    idempotency_key = models.CharField(max_length=255, null=True)  # noqa: DJ001 (null is unequal)
    body_digest = models.CharField(max_length=64, blank=True)
    charged = models.PositiveIntegerField(
        default=0
    )  # queries that were counted, again with retries
    refunded = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    charged_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)

    objects = BatchJobQuerySet.as_manager()

    class Meta:
        db_table = "batch_jobs"
        indexes = [
            models.Index(fields=["user", "-id"], name="batch_job_by_user"),
            models.Index(
                fields=["user"],
                name="batch_job_unfinished",
                condition=Q(status__in=["pending", "running"]),
            ),
            models.Index(fields=["completed_at"], name="batch_job_age"),
            models.Index(fields=["created_at"], name="batch_job_by_created"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "idempotency_key"], name="batch_job_once_for_a_key"
            ),
            models.CheckConstraint(
                condition=Q(total_tasks__gte=1), name="batch_job_asks_something"
            ),
            models.CheckConstraint(
                condition=Q(total_tasks__gte=ENDED), name="batch_job_counts_each_once"
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=["pending", "running"],
                    completed_at__isnull=True,
                    total_tasks__gt=ENDED,
                )
                | Q(
                    status="completed",
                    completed_at__isnull=False,
                    total_tasks=ENDED,
                    completed_tasks__gte=1,
                )
                | Q(
                    status="failed",
                    completed_at__isnull=False,
                    total_tasks=ENDED,
                    completed_tasks=0,
                )
                | Q(status="cancelled", completed_at__isnull=False, total_tasks=ENDED),
                name="batch_job_ends_with_its_last_query",
            ),
            models.CheckConstraint(
                condition=Q(charged__gte=F("refunded")), name="batch_job_refunds_what_was_charged"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.workflow_type} {self.status} {self.ended_tasks}/{self.total_tasks}"

    @property
    def ended_tasks(self) -> int:
        return int(self.completed_tasks + self.failed_tasks + self.cancelled_tasks)

    @property
    def percent(self) -> float:
        """Return how far it is, as the counters have it: `progress` is as it was read."""
        return 100 * self.ended_tasks / self.total_tasks

    @property
    def is_finished(self) -> bool:
        return self.status not in UNFINISHED

    def count(self, *, completed: int = 0, failed: int = 0, at: datetime) -> None:
        """Count items that ended, and end with the last of them. To be called with the row locked."""
        self.completed_tasks += completed
        self.failed_tasks += failed
        if self.ended_tasks == self.total_tasks:
            self.end(outcome_of(completed=self.completed_tasks), at=at)
        self._save("completed_tasks", "failed_tasks")

    def cancel(self, *, items: int, refunded: int, at: datetime) -> None:
        """End with so many items cancelled. To be called with the row locked."""
        self.cancelled_tasks += items
        self.refunded += refunded
        self.end(JobState.CANCELLED, at=at)
        self._save("cancelled_tasks", "refunded")

    def begin_again(self, *, items: int, is_charged: bool, at: datetime) -> None:
        """Have so many failed items run once more. To be called with the row locked."""
        self.failed_tasks -= items
        if is_charged:
            self.charged += items
            self.charged_at = at
        if self.is_finished:
            self.status = JobState.PENDING
        self.completed_at, self.results, self.error_message = None, None, ""
        self._save("failed_tasks", "charged", "charged_at")

    def end(self, state: JobState, *, at: datetime) -> None:
        self.status, self.completed_at = state, at
        counts = {
            "completed": self.completed_tasks,
            "failed": self.failed_tasks,
            "cancelled": self.cancelled_tasks,
        }
        self.results = {**counts, "seconds": round((at - self.created_at).total_seconds(), 1)}
        if state == JobState.FAILED:
            self.error_message = "No query could be answered: each result tells why."

    def _save(self, *fields: str) -> None:
        self.save(update_fields=[*fields, "status", "completed_at", "results", "error_message"])
