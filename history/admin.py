"""What was asked, for staff: how it went. What it was about is its owner's alone."""

from django.contrib import admin

from common.staff_pages import ReadOnlyPage
from history.models import QueryHistory


@admin.register(QueryHistory)
class QueryHistoryAdmin(ReadOnlyPage):
    list_display = ["id", "user", "agent_type", "result_count", "execution_time_ms", "cached"]
    list_display += ["created_at"]
    list_select_related = ["user"]
    search_fields = ["=id", "user__email"]
    ordering = ["-id"]
    fields = list_display
