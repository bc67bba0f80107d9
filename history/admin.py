"""What was asked, for staff: how it went. What it was about is its owner's alone."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.admin.people import OfPeople
from common.staff_pages import ReadOnlyPage
from history.models import QueryHistory


@admin.register(QueryHistory)
class QueryHistoryAdmin(OfPeople, ReadOnlyPage):
    list_display = ["id", "user", "agent_type", "result_count", "execution_time_ms", "cached"]
    list_display += ["created_at"]
    list_filter = ["agent_type", "cached"]
    ordering = ["-id"]
    fields = list_display

    def get_queryset(self, request: HttpRequest) -> QuerySet[QueryHistory]:
        """Leave where it is what nobody but the owner reads."""
        found: QuerySet[QueryHistory] = super().get_queryset(request)
        return found.defer("query_text", "asked", "result", "words")
