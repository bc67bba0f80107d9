"""Usage, for staff: it is read here. The rows are many, so there is no searching in them but by user."""

from django.contrib import admin

from common.staff_pages import ReadOnlyPage
from quotas.models import UsageHour, UsageLog


@admin.register(UsageLog)
class UsageLogAdmin(ReadOnlyPage):
    list_display = ["created_at", "user", "method", "endpoint", "status_code"]
    list_display += ["execution_time_ms", "cost"]
    list_select_related = ["user"]
    search_fields = ["user__email"]
    ordering = ["-created_at"]
    show_full_result_count = False
    fields = ["id", *list_display, "api_key_id"]


@admin.register(UsageHour)
class UsageHourAdmin(ReadOnlyPage):
    list_display = ["hour", "user", "method", "endpoint", "status_code", "requests", "cost"]
    list_display += ["total_ms"]
    list_filter = ["hour", "method", "status_code"]
    list_select_related = ["user"]
    search_fields = ["user__email", "endpoint"]
    ordering = ["-hour", "-id"]
    fields = ["id", *list_display]
