"""Sign-ins, for staff: seen and ended here."""

from ipaddress import ip_address

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.admin.people import OfPeople
from accounts.admin.users import actor_of
from accounts.models import Session
from accounts.services import staff
from common.staff_pages import BetweenDays, ReadOnlyPage, asks_first


@admin.register(Session)
class SessionAdmin(OfPeople, ReadOnlyPage):
    list_display = ["user", "created_at", "last_used_at", "ip", "user_agent", "is_browser"]
    list_display += ["ended_at"]
    list_filter = [("created_at", BetweenDays), ("ended_at", admin.EmptyFieldListFilter)]
    search_help_text = "Part of an address or a name, an IP address, or an id."
    sortable_by = ["created_at"]
    ordering = ["-created_at"]
    fields = ["id", "user", "created_at", "last_used_at", "expires_at", "ended_at", "ip"]
    fields += ["user_agent", "is_browser"]
    actions = ["end"]

    def found_by(self, term: str) -> Q:
        try:
            return Q(ip=str(ip_address(term)))
        except ValueError:
            return super().found_by(term)

    @admin.display(description="browser", boolean=True)
    def is_browser(self, session: Session) -> bool:
        return session.is_browser

    def has_end_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("accounts.change_session"))

    @admin.action(description="End the selected sessions", permissions=["end"])
    @asks_first()
    def end(self, request: HttpRequest, chosen: QuerySet[Session]) -> None:
        at, actor = timezone.now(), actor_of(request)
        ended = sum(
            staff.end_session(session_id=pk, actor=actor, at=at)
            for pk in chosen.values_list("pk", flat=True)
        )
        self.message_user(request, f"{ended} sessions ended.")
