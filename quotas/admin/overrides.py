"""Overrides, for staff: each value as in the tier, unlimited, or a number."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST

from accounts.admin.people import OfPeople
from accounts.admin.users import actor_of
from accounts.models import User
from common.staff_pages import BetweenDays, OraclePage, asks_first
from quotas.admin import pasted
from quotas.admin.forms import NUMBERS, OverrideForm
from quotas.models import Override
from quotas.services import overrides

PAGE = "admin:quotas_override_changelist"


@admin.register(Override)
class OverrideAdmin(OfPeople, OraclePage):
    """What is set here holds from the next request on, and is in the audit log with its reason."""

    form = OverrideForm
    list_display = ["user", "values", "reason", "expires_at", "made_by", "created_at"]
    list_filter = [("expires_at", BetweenDays), ("created_at", BetweenDays)]
    list_select_related = ["user", "made_by"]
    autocomplete_fields = ["user"]
    sortable_by = ["expires_at", "created_at"]
    ordering = ["-id"]
    list_before_template = "quotas/override_import.html"
    fields = ["user", *NUMBERS, "ai", "expires_at", "reason"]
    actions = ["empty_windows"]

    def get_urls(self) -> list[URLPattern]:
        paste = self.admin_site.admin_view(self.paste)
        return [path("paste/", paste, name="quotas_override_paste"), *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        ours = {"may_paste": self.has_empty_permission(request), "columns": pasted.COLUMNS}
        ours["form"] = pasted.TableForm()
        return super().changelist_view(request, {**(extra_context or {}), **ours})

    @method_decorator(require_POST)
    def paste(self, request: HttpRequest) -> HttpResponse:
        """Show what a pasted table would set; set it, all or nothing, once that is confirmed."""
        if not self.has_empty_permission(request):
            raise PermissionDenied
        form, at = pasted.TableForm(request.POST), timezone.now()
        lines = pasted.read(form.cleaned_data["table"], at=at) if form.is_valid() else []
        wrong = [error for line in lines for error in line.wrong]
        if lines and not wrong and request.POST.get("sure") == "yes":
            pasted.set_all(lines, actor=actor_of(request), at=at)
            messages.success(request, f"The limits of {len(lines)} users are set.")
            return HttpResponseRedirect(reverse(PAGE))
        ours = {"title": "Overrides for many", "form": form, "lines": lines, "wrong": wrong}
        context = {**self.admin_site.each_context(request), **ours, "opts": self.opts}
        return TemplateResponse(request, "quotas/pasted.html", context)

    def get_readonly_fields(self, request: HttpRequest, obj: Override | None = None) -> list[str]:
        return ["user"] if obj else []

    def save_model(self, request: HttpRequest, obj: Override, form: Any, change: bool) -> None:
        saved = overrides.set_override(
            user_id=obj.user_id,
            values=form.cleaned_data["values"],
            reason=obj.reason,
            expires_at=obj.expires_at,
            actor=actor_of(request),
            at=timezone.now(),
        )
        obj.pk, obj.values = saved.pk, saved.values

    def delete_model(self, request: HttpRequest, obj: Override) -> None:
        overrides.remove_override(user_id=obj.user_id, actor=actor_of(request), at=timezone.now())

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Override]) -> None:
        for one in queryset:
            self.delete_model(request, one)

    def has_empty_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("quotas.change_override"))

    @admin.action(description="Empty the running windows of these users", permissions=["empty"])
    @asks_first(reason=True)
    def empty_windows(self, request: HttpRequest, chosen: QuerySet[Override], reason: str) -> None:
        at, actor = timezone.now(), actor_of(request)
        users = list(User.objects.filter(quota_override__in=chosen))
        for user in users:
            overrides.reset(user_id=user.pk, actor=actor, at=at, reason=reason)
        self.message_user(request, f"The windows of {len(users)} users are empty.")
