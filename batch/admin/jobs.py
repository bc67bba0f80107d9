"""Jobs and their queries: how they do, and who holds them."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.admin.users import actor_of
from batch.models import BatchItem, BatchJob
from batch.services import staff
from common.staff_pages import ReadOnlyPage


class BatchPage(ReadOnlyPage):
    """Looked at by who may, acted on by who may change jobs."""

    def has_act_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("batch.change_batchjob"))


@admin.register(BatchJob)
class BatchJobAdmin(BatchPage):
    list_display = ["id", "user", "workflow_type", "status", "total_tasks", "completed_tasks"]
    list_display += ["failed_tasks", "created_at", "completed_at"]
    list_select_related = ["user"]
    list_filter = ["status", "workflow_type", "created_at"]
    search_fields = ["=id", "user__email"]
    ordering = ["-id"]
    fields = ["id", "user", "workflow_type", "status", "total_tasks", "completed_tasks"]
    fields += ["failed_tasks", "cancelled_tasks", "results", "error_message", "weight"]
    fields += ["charged", "refunded", "request_id", "created_at", "started_at", "completed_at"]
    actions = ["cancel", "retry", "requeue"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[BatchJob]:
        found: QuerySet[BatchJob] = super().get_queryset(request)
        return found.defer("queries")

    @admin.action(description="Cancel: what is done stays", permissions=["act"])
    def cancel(self, request: HttpRequest, chosen: QuerySet[BatchJob]) -> None:
        pks = list(chosen.values_list("pk", flat=True))
        done = staff.cancel(job_ids=pks, actor=actor_of(request), at=timezone.now())
        self.message_user(request, f"{done} jobs cancelled.")

    @admin.action(description="Run the failed queries again", permissions=["act"])
    def retry(self, request: HttpRequest, chosen: QuerySet[BatchJob]) -> None:
        pks = list(chosen.values_list("pk", flat=True))
        done = staff.retry(job_ids=pks, actor=actor_of(request), at=timezone.now())
        self.message_user(request, f"The failed queries of {done} jobs run again.")

    @admin.action(description="Take running queries from their workers", permissions=["act"])
    def requeue(self, request: HttpRequest, chosen: QuerySet[BatchJob]) -> None:
        running = staff.running_items(job_ids=list(chosen.values_list("pk", flat=True)))
        done = staff.requeue(item_ids=running, actor=actor_of(request), at=timezone.now())
        self.message_user(request, f"{done} queries wait for another worker.")


@admin.register(BatchItem)
class BatchItemAdmin(BatchPage):
    list_display = ["id", "job_id", "index", "status", "attempts", "faults", "crashes", "worker"]
    list_display += ["due_at", "error_code", "started_at", "finished_at"]
    list_filter = ["status", "error_code"]
    search_fields = ["=id", "=job__id"]
    ordering = ["-id"]
    fields = ["id", "job_id", "index", "status", "attempts", "faults", "crashes", "fence"]
    fields += ["worker", "due_at", "error", "error_code", "started_at", "finished_at"]
    actions = ["requeue"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[BatchItem]:
        found: QuerySet[BatchItem] = super().get_queryset(request)
        return found.defer("query", "result")

    @admin.action(description="Take from their workers", permissions=["act"])
    def requeue(self, request: HttpRequest, chosen: QuerySet[BatchItem]) -> None:
        pks = list(chosen.values_list("pk", flat=True))
        done = staff.requeue(item_ids=pks, actor=actor_of(request), at=timezone.now())
        self.message_user(request, f"{done} queries wait for another worker.")
