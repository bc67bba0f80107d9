"""The outbox, for admins."""

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.admin.users import actor_of
from accounts.models import Mail, User
from accounts.services import outbox
from common.staff_pages import ReadOnlyPage, asks_first, one_of

STATES = {
    "waiting": Q(sent_at__isnull=True, given_up_at__isnull=True),
    "sent": Q(sent_at__isnull=False),
    "given up": Q(given_up_at__isnull=False),
}


@admin.register(Mail)
class MailAdmin(ReadOnlyPage):
    list_display = ["kind", "address", "created_at", "sent_at", "attempts", "error", "given_up_at"]
    list_select_related = ["user"]
    list_filter = [one_of("state", STATES), "kind"]
    search_fields = ["address"]
    search_help_text = "A whole address."
    ordering = ["-id"]
    fields = ["id", "kind", "address", "created_at", "next_at", "attempts", "error"]
    fields += ["sent_at", "given_up_at"]
    actions = ["send_again"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Mail], search_term: str
    ) -> tuple[QuerySet[Mail], bool]:
        address = User.objects.normalize_email(search_term)
        return (queryset.filter(address=address) if address else queryset), False

    def has_send_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("accounts.change_mail"))

    @admin.action(description="Try the selected mails again now", permissions=["send"])
    @asks_first()
    def send_again(self, request: HttpRequest, chosen: QuerySet[Mail]) -> None:
        mail_ids = list(chosen.values_list("pk", flat=True))
        tried = outbox.try_again(mail_ids=mail_ids, actor=actor_of(request), at=timezone.now())
        self.message_user(request, f"{tried} mails will be tried again.")
