"""Messages to webhooks: whether they arrived. Where they go is told without what a secret may be in."""

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.admin.users import actor_of
from batch.admin.jobs import found_by_job
from batch.models import Delivery
from batch.services import staff
from common.staff_pages import ReadOnlyPage, asks_first, one_of

STATES = {
    "waiting": Q(delivered_at__isnull=True, given_up_at__isnull=True),
    "delivered": Q(delivered_at__isnull=False),
    "given up": Q(given_up_at__isnull=False),
}


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyPage):
    list_display = ["id", "job_id", "event", "attempts", "response_status", "error"]
    list_display += ["created_at", "next_at", "delivered_at", "given_up_at"]
    list_filter = [one_of("state", STATES)]
    search_fields = ["id"]  # so that there is a box
    search_help_text = "The id of a job, or of a message."
    ordering = ["-id"]
    fields = ["id", "job_id", "event", "attempts", "response_status", "error"]
    fields += ["created_at", "next_at", "delivered_at", "given_up_at"]
    actions = ["send_again"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Delivery], search_term: str
    ) -> tuple[QuerySet[Delivery], bool]:
        return found_by_job(queryset, search_term), False

    def has_send_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("batch.change_delivery"))

    @admin.action(description="Send the selected messages again now", permissions=["send"])
    @asks_first()
    def send_again(self, request: HttpRequest, chosen: QuerySet[Delivery]) -> None:
        pks = list(chosen.values_list("pk", flat=True))
        done = staff.send_again(delivery_ids=pks, actor=actor_of(request), at=timezone.now())
        self.message_user(request, f"{done} messages will be sent again.")
