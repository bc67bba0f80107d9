"""Users, for staff."""

from collections.abc import Iterable, Mapping
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import UserAdmin
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.module_loading import import_string
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts import audit
from accounts.admin.people import beginning, identifier, is_short
from accounts.models import Action, MailKind, Tier, User
from accounts.services import outbox, personal_data, sessions, staff
from common.staff_pages import BetweenDays, Exported, asks_first, one_of

BY_SERVICE = ("tier", "is_active")
ROLE_FIELDS = {"is_staff", "is_superuser"}
PLAIN_FIELDS = ["email", "full_name", "email_verified"]
LONGEST_REASON = 500
ROLES = {
    "admin": Q(is_staff=True, is_superuser=True),
    "support": Q(is_staff=True, is_superuser=False),
    "user": Q(is_staff=False),
}


class NewUserForm(UserCreationForm):  # type: ignore[misc]
    class Meta:
        model = User
        fields = ["email"]


class ChangeUserForm(UserChangeForm):  # type: ignore[misc]
    reason = forms.CharField(
        label="Why",
        required=False,
        max_length=LONGEST_REASON,
        widget=UnfoldAdminTextInputWidget,
        help_text="To be given with another tier, role, or activity. Stands in the audit log.",
    )

    class Meta:
        model = User
        fields = "__all__"

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if given.get("is_superuser"):
            given["is_staff"] = True
        if not given.get("reason") and {*BY_SERVICE, *ROLE_FIELDS} & set(self.changed_data):
            self.add_error("reason", "Say why: it stands in the audit log.")
        return given


@admin.register(User)
class OracleUserAdmin(UserAdmin[User], Exported):
    """Tier, roles and whether the account is active go through the service, as in the API."""

    form = ChangeUserForm
    add_form = NewUserForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["email", "full_name", "tier", "is_active", "is_staff", "created_at"]
    list_filter = [one_of("role", ROLES), "tier", "is_active", "email_verified"]
    list_filter += [("created_at", BetweenDays)]
    search_fields = ["email", "full_name"]
    search_help_text = "Part of an address or a name, or an id."
    sortable_by = ["email", "created_at"]
    ordering = ["-created_at"]
    exported = ["id", "email", "full_name", "tier", "is_active", "email_verified", "created_at"]
    exported += ["last_login"]
    change_form_outer_before_template = "staff/person.html"
    readonly_fields = ["id", "providers", "last_login", "created_at", "updated_at"]
    filter_horizontal = []
    fieldsets = [
        (None, {"fields": ["id", "email", "full_name", "password", "email_verified", "providers"]}),
        (
            "What they may do",
            {"fields": ["tier", "is_active", "is_staff", "is_superuser", "reason"]},
        ),
        ("When", {"fields": ["last_login", "created_at", "updated_at"]}),
    ]
    add_fieldsets = [(None, {"fields": ["email", "usable_password", "password1", "password2"]})]
    actions = ["deactivate", "activate", "make_free", "make_pro", "make_enterprise", "end_sessions"]

    @admin.display(description="signs in by")
    def providers(self, user: User) -> str:
        linked = SocialAccount.objects.filter(user=user).values_list("provider", flat=True)
        return ", ".join(linked) or "password only"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[User], search_term: str
    ) -> tuple[QuerySet[User], bool]:
        known = identifier(search_term.strip())
        if known:
            return queryset.filter(Q(pk=known) | Q(audit_id=known)), False
        if search_term and is_short(search_term):
            return queryset & beginning(search_term), False
        return super().get_search_results(request, queryset, search_term)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show what there is about this person besides: settings name who puts it together."""
        user = self.get_object(request, unquote(object_id))
        about = import_string(settings.ABOUT_A_PERSON)
        told = about(user, may=request.user.has_perm, at=timezone.now()) if user else None
        ours = {**(extra_context or {}), "person": told}
        return super().change_view(request, object_id, form_url, ours)

    @admin.action(
        description="Deactivate: end their sessions and refuse their keys", permissions=["change"]
    )
    @asks_first(reason=True)
    def deactivate(self, request: HttpRequest, chosen: QuerySet[User], reason: str) -> None:
        self._change_all(request, chosen, reason, is_active=False)

    @admin.action(description="Activate", permissions=["change"])
    @asks_first(reason=True)
    def activate(self, request: HttpRequest, chosen: QuerySet[User], reason: str) -> None:
        self._change_all(request, chosen, reason, is_active=True)

    @admin.action(description="Change the tier to free", permissions=["change"])
    @asks_first(reason=True)
    def make_free(self, request: HttpRequest, chosen: QuerySet[User], reason: str) -> None:
        self._change_all(request, chosen, reason, tier=Tier.FREE)

    @admin.action(description="Change the tier to pro", permissions=["change"])
    @asks_first(reason=True)
    def make_pro(self, request: HttpRequest, chosen: QuerySet[User], reason: str) -> None:
        self._change_all(request, chosen, reason, tier=Tier.PRO)

    @admin.action(description="Change the tier to enterprise", permissions=["change"])
    @asks_first(reason=True)
    def make_enterprise(self, request: HttpRequest, chosen: QuerySet[User], reason: str) -> None:
        self._change_all(request, chosen, reason, tier=Tier.ENTERPRISE)

    @admin.action(description="End all their sessions", permissions=["change"])
    @asks_first()
    def end_sessions(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        at = timezone.now()
        ended = sum(
            staff.end_sessions(user_id=pk, actor=actor_of(request), at=at)
            for pk in chosen.values_list("pk", flat=True)
        )
        self.message_user(request, f"{ended} sessions ended.", messages.SUCCESS)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        at, actor = timezone.now(), actor_of(request)
        if not change:
            super().save_model(request, obj, form, change)
            audit.record(Action.ADMIN_ADDED, at=at, actor=actor, subject=obj)
            return
        changed = set(form.changed_data)
        if plain := [name for name in PLAIN_FIELDS if name in changed]:
            obj.save(update_fields=[*plain, "updated_at"])
        if changes := _changes(obj, changed):
            reason = form.cleaned_data["reason"]
            staff.change_user(user_id=obj.pk, changes=changes, actor=actor, at=at, reason=reason)
        if plain:
            after = {"changed": plain}
            audit.record(Action.ACCOUNT_CHANGED, at=at, actor=actor, subject=obj, after=after)

    @transaction.atomic
    def user_change_password(
        self,
        request: HttpRequest,
        id: str,
        form_url: str = "",
    ) -> HttpResponse:
        """Set somebody's password: all their sessions end, and they are told."""
        before = User.objects.filter(pk=id).values_list("password", flat=True).first()
        page = super().user_change_password(request, id, form_url)
        user = User.objects.filter(pk=id).first()
        if user is not None and user.password != before:
            at, actor = timezone.now(), actor_of(request)
            outbox.put(MailKind.PASSWORD_CHANGED, address=user.email, user=user, at=at)
            if user == actor:
                sessions.end_others(user=user, than=request.sign_in, at=at)  # type: ignore[attr-defined]
            else:
                sessions.end_all(user=user, actor=actor, at=at)
            audit.record(Action.PASSWORD_CHANGED, at=at, actor=actor, subject=user)
        return page

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return obj != request.user and super().has_delete_permission(request, obj)

    def get_deleted_objects(
        self, objs: Iterable[User], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Name the accounts only: what belongs to them may be a million rows, and goes with them."""
        named = [str(one) for one in objs]
        return named, {"users": len(named)}, set(), []

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        personal_data.erase(user=obj, actor=actor_of(request), at=timezone.now())

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset.exclude(pk=actor_of(request).pk):
            personal_data.erase(user=user, actor=actor_of(request), at=timezone.now())

    @transaction.atomic
    def _change_all(
        self, request: HttpRequest, chosen: QuerySet[User], reason: str, **changes: object
    ) -> None:
        at, actor = timezone.now(), actor_of(request)
        pks = list(chosen.values_list("pk", flat=True))
        for pk in pks:
            staff.change_user(user_id=pk, changes=changes, actor=actor, at=at, reason=reason)
        self.message_user(request, f"{len(pks)} users changed.", messages.SUCCESS)


def _changes(user: User, changed: set[str]) -> Mapping[str, object]:
    """Return what the service is to change, as the form has set it already on the object."""
    changes: dict[str, object] = {
        name: getattr(user, name) for name in BY_SERVICE if name in changed
    }
    if changed & ROLE_FIELDS:
        changes["roles"] = user.roles
    return changes


def actor_of(request: HttpRequest) -> User:
    """Return who is signed in to the site: nobody else gets this far."""
    return User.objects.get(email=request.user.get_username())
