"""Messages to webhooks: whether they arrived. Where they go is told without what a secret may be in."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.admin.users import actor_of
from batch.models import Delivery
from batch.services import staff
from common.staff_pages import ReadOnlyPage


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyPage):
    list_display = ["id", "job_id", "event", "attempts", "response_status", "error"]
    list_display += ["created_at", "next_at", "delivered_at", "given_up_at"]
    list_filter = ["event", "created_at"]
    search_fields = ["=id", "=job__id"]
    ordering = ["-id"]
    fields = ["id", "job_id", "event", "attempts", "response_status", "error"]
    fields += ["created_at", "next_at", "delivered_at", "given_up_at"]
    actions = ["send_again"]

    def has_send_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("batch.change_delivery"))

    @admin.action(description="Send the selected messages again now", permissions=["send"])
    def send_again(self, request: HttpRequest, chosen: QuerySet[Delivery]) -> None:
        pks = list(chosen.values_list("pk", flat=True))
        done = staff.send_again(delivery_ids=pks, actor=actor_of(request), at=timezone.now())
        self.message_user(request, f"{done} messages will be sent again.")
