"""Users and their keys, for staff."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import ApiKey, User


class NewUserForm(AdminUserCreationForm[User]):
    class Meta:
        model = User
        fields = ["email"]


class ChangeUserForm(UserChangeForm[User]):
    class Meta:
        model = User
        fields = "__all__"


@admin.register(User)
class OracleUserAdmin(UserAdmin[User]):
    form = ChangeUserForm
    add_form = NewUserForm
    list_display = ["email", "full_name", "tier", "is_active", "is_staff", "created_at"]
    list_filter = ["tier", "is_active", "is_staff", "email_verified"]
    search_fields = ["email", "full_name"]
    ordering = ["-created_at"]
    show_full_result_count = False
    readonly_fields = ["id", "last_login", "created_at", "updated_at"]
    filter_horizontal = ["groups"]
    fieldsets = [
        (None, {"fields": ["id", "email", "full_name", "password", "email_verified"]}),
        (
            "What they may do",
            {"fields": ["tier", "is_active", "is_staff", "is_superuser", "groups"]},
        ),
        ("When", {"fields": ["last_login", "created_at", "updated_at"]}),
    ]
    add_fieldsets = [(None, {"fields": ["email", "usable_password", "password1", "password2"]})]


@admin.register(ApiKey)
class ApiKeyAdmin(admin.ModelAdmin[ApiKey]):
    """Keys are made by their owners: here they are seen and revoked."""

    list_display = ["prefix", "name", "user", "created_at", "last_used_at", "revoked_at"]
    list_select_related = ["user"]
    search_fields = ["prefix", "name", "user__email"]
    ordering = ["-created_at"]
    show_full_result_count = False
    fields = ["id", "user", "name", "prefix", "scopes", "created_at", "expires_at"]
    fields += ["last_used_at", "revoked_at"]
    actions = ["revoke"]

    @admin.action(description="Revoke the selected keys", permissions=["delete"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        chosen = ApiKey.objects.filter(pk__in=queryset)
        self.message_user(request, f"{chosen.revoke(at=timezone.now())} keys revoked.")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        return False
