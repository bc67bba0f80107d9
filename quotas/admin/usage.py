"""Usage, for staff: it is read here. The rows are many: what narrows them is what an index knows."""

from django.contrib import admin
from django.db.models import Q

from accounts.admin.people import OfPeople
from common.staff_pages import BetweenDays, Exported, ReadOnlyPage, one_of
from quotas.models import UsageHour, UsageLog

METHODS = {name: Q(method=name) for name in ("GET", "POST", "PUT", "PATCH", "DELETE")}
STATUSES = {
    f"{first}xx": Q(status_code__gte=first * 100, status_code__lt=(first + 1) * 100)
    for first in (2, 3, 4, 5)
}
FILTERS = [one_of("status", STATUSES), one_of("method", METHODS)]


@admin.register(UsageLog)
class UsageLogAdmin(OfPeople, ReadOnlyPage):
    """By id, which is by time: the partitions have an index of it."""

    list_display = ["created_at", "user", "method", "endpoint", "status_code"]
    list_display += ["execution_time_ms", "cost"]
    list_filter = FILTERS
    ordering = ["-id"]
    fields = ["id", *list_display, "api_key_id"]


@admin.register(UsageHour)
class UsageHourAdmin(OfPeople, Exported, ReadOnlyPage):
    list_display = ["hour", "user", "method", "endpoint", "status_code", "requests", "cost"]
    list_display += ["total_ms"]
    list_filter = [("hour", BetweenDays), *FILTERS]
    sortable_by = ["hour"]
    ordering = ["-hour", "-id"]
    exported = ["hour", "user.email", "method", "endpoint", "status_code", "requests", "cost"]
    exported += ["total_ms"]
    fields = ["id", *list_display]
