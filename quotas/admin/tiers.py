"""Tiers, for admins: what each includes is edited here, and holds at once."""

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts.admin.people import OfPeople
from accounts.admin.users import actor_of
from common.staff_pages import BetweenDays, OraclePage, ReadOnlyPage
from quotas.models import TierChange, TierLimits
from quotas.services import tiers


@admin.register(TierLimits)
class TierLimitsAdmin(OraclePage):
    """An empty limit is none. Tiers are neither added nor deleted: users are in them."""

    list_display = ["tier", "hour", "day", "concurrent_jobs", "queries_per_job", "ai", "burst"]
    list_display += ["monthly_price"]
    ordering = ["id"]
    fields = list_display
    readonly_fields = ["tier"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @transaction.atomic
    def save_model(self, request: HttpRequest, obj: TierLimits, form: Any, change: bool) -> None:
        tiers.edit(
            tier=obj,
            changed=list(form.changed_data),
            actor=actor_of(request),
            at=timezone.now(),
        )


@admin.register(TierChange)
class TierChangeAdmin(OfPeople, ReadOnlyPage):
    list_display = ["user", "before", "after", "at"]
    list_filter = ["before", "after", ("at", BetweenDays)]
    sortable_by = ["at"]
    ordering = ["-at"]
    fields = ["id", *list_display]
