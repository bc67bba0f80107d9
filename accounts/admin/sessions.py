"""Sign-ins, for staff: seen and ended here."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.admin.users import actor_of
from accounts.models import Session
from accounts.services import staff
from common.staff_pages import ReadOnlyPage


@admin.register(Session)
class SessionAdmin(ReadOnlyPage):
    list_display = ["user", "created_at", "last_used_at", "ip", "user_agent", "is_browser"]
    list_display += ["ended_at"]
    list_filter = ["created_at", "ended_at"]
    list_select_related = ["user"]
    search_fields = ["user__email", "ip"]
    ordering = ["-id"]
    fields = ["id", "user", "created_at", "last_used_at", "expires_at", "ended_at", "ip"]
    fields += ["user_agent", "is_browser"]
    actions = ["end"]

    @admin.display(description="browser", boolean=True)
    def is_browser(self, session: Session) -> bool:
        return session.is_browser

    def has_end_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("accounts.change_session"))

    @admin.action(description="End the selected sessions", permissions=["end"])
    def end(self, request: HttpRequest, chosen: QuerySet[Session]) -> None:
        at, actor = timezone.now(), actor_of(request)
        ended = sum(
            staff.end_session(session_id=pk, actor=actor, at=at)
            for pk in chosen.values_list("pk", flat=True)
        )
        self.message_user(request, f"{ended} sessions ended.")
