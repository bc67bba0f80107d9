"""Overrides, for staff: each value as in the tier, unlimited, or a number."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.admin.users import actor_of
from accounts.models import User
from common.staff_pages import OraclePage
from quotas.models import Override
from quotas.services import overrides
from quotas.tiers import OVERRIDABLE

NUMBERS = [name for name in OVERRIDABLE if name != "ai"]
UNLIMITED = "unlimited"
LARGEST = 2**31 - 1
TRUTHS = {"": None, "yes": True, "no": False}


class LimitField(forms.CharField):
    """Empty: as in the tier."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, widget=UnfoldAdminTextInputWidget, **options)

    def clean(self, value: Any) -> int | str | None:
        text = super().clean(value).lower()
        if text in {"", UNLIMITED}:
            return text or None
        if not (text.isascii() and text.isdigit()) or int(text[:11]) > LARGEST:
            raise forms.ValidationError(f"A number, “{UNLIMITED}”, or nothing: as in the tier.")
        return int(text)


class OverrideForm(forms.ModelForm):  # type: ignore[type-arg]
    hour = LimitField(label="Requests an hour", help_text="A number, “unlimited”, or nothing.")
    day = LimitField(label="Requests a day")
    concurrent_jobs = LimitField(label="Batch jobs at once")
    queries_per_job = LimitField(label="Queries a job")
    ai = forms.ChoiceField(
        label="AI summaries",
        required=False,
        choices=[("", "as in the tier"), ("yes", "yes"), ("no", "no")],
    )

    class Meta:
        model = Override
        fields = ["user", "reason", "expires_at"]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, value in (self.instance.values or {}).items():
            shown = {None: UNLIMITED, True: "yes", False: "no"}.get(value, value)
            if name in self.fields:
                self.fields[name].initial = shown

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        values: dict[str, int | bool | None] = {
            name: None if given[name] == UNLIMITED else given[name]
            for name in NUMBERS
            if given.get(name) is not None
        }
        if given.get("ai"):
            values["ai"] = TRUTHS[given["ai"]]
        if not values and not self.errors:
            raise forms.ValidationError("Set at least one value.")
        given["values"] = values
        return given


@admin.register(Override)
class OverrideAdmin(OraclePage):
    """What is set here holds from the next request on, and is in the audit log with its reason."""

    form = OverrideForm
    list_display = ["user", "values", "reason", "expires_at", "made_by", "created_at"]
    list_filter = ["expires_at", "created_at"]
    list_select_related = ["user", "made_by"]
    search_fields = ["user__email", "reason"]
    autocomplete_fields = ["user"]
    ordering = ["-id"]
    fields = ["user", *NUMBERS, "ai", "expires_at", "reason"]
    actions = ["empty_windows"]

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
    def empty_windows(self, request: HttpRequest, chosen: QuerySet[Override]) -> None:
        users = list(User.objects.filter(quota_override__in=chosen))
        for user in users:
            overrides.reset(user_id=user.pk, actor=actor_of(request), at=timezone.now())
        self.message_user(request, f"The windows of {len(users)} users are empty.")
