"""Jobs and their queries: how they do, and who holds them."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.admin.people import OfPeople, identifier
from accounts.admin.users import actor_of
from batch.models import BatchItem, BatchJob
from batch.services import staff
from common.staff_pages import BetweenDays, ReadOnlyPage, asks_first


class ActedOn(ReadOnlyPage):
    """Looked at by who may, acted on by who may change jobs."""

    def has_act_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("batch.change_batchjob"))


def found_by_job(queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
    """Narrow what belongs to jobs to an id: its own, or the job's."""
    if not term.strip():
        return queryset
    known = identifier(term.strip())
    return queryset.filter(Q(pk=known) | Q(job=known)) if known else queryset.none()


@admin.register(BatchJob)
class BatchJobAdmin(OfPeople, ActedOn):
    list_display = ["id", "user", "workflow_type", "status", "total_tasks", "completed_tasks"]
    list_display += ["failed_tasks", "created_at", "completed_at"]
    list_filter = ["status", "is_workflow", ("created_at", BetweenDays)]
    sortable_by = ["created_at"]
    ordering = ["-created_at"]
    fields = ["id", "user", "workflow_type", "status", "total_tasks", "completed_tasks"]
    fields += ["failed_tasks", "cancelled_tasks", "results", "error_message", "weight"]
    fields += ["charged", "refunded", "request_id", "created_at", "started_at", "completed_at"]
    actions = ["cancel", "retry", "requeue"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[BatchJob]:
        found: QuerySet[BatchJob] = super().get_queryset(request)
        return found.defer("queries")

    @admin.action(description="Cancel: what is done stays", permissions=["act"])
    @asks_first()
    def cancel(self, request: HttpRequest, chosen: QuerySet[BatchJob]) -> None:
        pks = list(chosen.values_list("pk", flat=True))
        done = staff.cancel(job_ids=pks, actor=actor_of(request), at=timezone.now())
        self.message_user(request, f"{done} jobs cancelled.")

    @admin.action(description="Run the failed queries again", permissions=["act"])
    @asks_first()
    def retry(self, request: HttpRequest, chosen: QuerySet[BatchJob]) -> None:
        pks = list(chosen.values_list("pk", flat=True))
        done = staff.retry(job_ids=pks, actor=actor_of(request), at=timezone.now())
        self.message_user(request, f"The failed queries of {done} jobs run again.")

    @admin.action(description="Take running queries from their workers", permissions=["act"])
    @asks_first()
    def requeue(self, request: HttpRequest, chosen: QuerySet[BatchJob]) -> None:
        running = staff.running_items(job_ids=list(chosen.values_list("pk", flat=True)))
        done = staff.requeue(item_ids=running, actor=actor_of(request), at=timezone.now())
        self.message_user(request, f"{done} queries wait for another worker.")


@admin.register(BatchItem)
class BatchItemAdmin(ActedOn):
    list_display = ["id", "job_id", "index", "status", "attempts", "faults", "crashes", "worker"]
    list_display += ["due_at", "error_code", "started_at", "finished_at"]
    list_filter = ["status"]
    search_fields = ["id"]  # so that there is a box
    search_help_text = "The id of a job, or of a query."
    ordering = ["-id"]
    fields = ["id", "job_id", "index", "status", "attempts", "faults", "crashes", "fence"]
    fields += ["worker", "due_at", "error", "error_code", "started_at", "finished_at"]
    actions = ["requeue"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[BatchItem]:
        found: QuerySet[BatchItem] = super().get_queryset(request)
        return found.defer("query", "result")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[BatchItem], search_term: str
    ) -> tuple[QuerySet[BatchItem], bool]:
        return found_by_job(queryset, search_term), False

    @admin.action(description="Take from their workers", permissions=["act"])
    @asks_first()
    def requeue(self, request: HttpRequest, chosen: QuerySet[BatchItem]) -> None:
        pks = list(chosen.values_list("pk", flat=True))
        done = staff.requeue(item_ids=pks, actor=actor_of(request), at=timezone.now())
        self.message_user(request, f"{done} queries wait for another worker.")
