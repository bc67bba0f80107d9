"""API keys, for staff: made by their owners, seen and revoked here."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.admin.users import actor_of
from accounts.models import ApiKey
from accounts.services import api_keys
from common.staff_pages import ReadOnlyPage


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyPage):
    list_display = ["prefix", "name", "user", "created_at", "last_used_at", "revoked_at"]
    list_filter = ["created_at", "expires_at", "revoked_at"]
    list_select_related = ["user"]
    search_fields = ["prefix", "name", "user__email"]
    ordering = ["-id"]
    fields = ["id", "user", "name", "prefix", "scopes", "created_at", "expires_at"]
    fields += ["last_used_at", "revoked_at"]
    actions = ["revoke"]

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("accounts.change_apikey"))

    @admin.action(description="Revoke the selected keys", permissions=["revoke"])
    def revoke(self, request: HttpRequest, chosen: QuerySet[ApiKey]) -> None:
        revoked = api_keys.revoke_by_staff(
            key_ids=list(chosen.values_list("pk", flat=True)),
            actor=actor_of(request),
            at=timezone.now(),
        )
        self.message_user(request, f"{revoked} keys revoked.")
