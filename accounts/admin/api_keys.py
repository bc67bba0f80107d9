"""API keys, for staff: made by their owners, seen and revoked here."""

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.admin.people import OfPeople
from accounts.admin.users import actor_of
from accounts.models import ApiKey
from accounts.services import api_keys
from common.staff_pages import BetweenDays, ReadOnlyPage, asks_first


@admin.register(ApiKey)
class ApiKeyAdmin(OfPeople, ReadOnlyPage):
    list_display = ["prefix", "name", "user", "created_at", "last_used_at", "revoked_at"]
    list_filter = [("created_at", BetweenDays), ("revoked_at", admin.EmptyFieldListFilter)]
    search_help_text = "Part of an address or a name, the prefix of a key, or an id."
    sortable_by = ["created_at"]
    ordering = ["-created_at"]
    fields = ["id", "user", "name", "prefix", "scopes", "created_at", "expires_at"]
    fields += ["last_used_at", "revoked_at"]
    actions = ["revoke"]

    def found_by(self, term: str) -> Q:
        return super().found_by(term) | Q(prefix=term)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("accounts.change_apikey"))

    @admin.action(description="Revoke the selected keys", permissions=["revoke"])
    @asks_first()
    def revoke(self, request: HttpRequest, chosen: QuerySet[ApiKey]) -> None:
        revoked = api_keys.revoke_by_staff(
            key_ids=list(chosen.values_list("pk", flat=True)),
            actor=actor_of(request),
            at=timezone.now(),
        )
        self.message_user(request, f"{revoked} keys revoked.")
