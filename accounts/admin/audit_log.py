"""The audit log, for admins: it is read here, and changed nowhere."""

import json
from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.admin.people import users_like
from accounts.models import Action, AuditEntry, User
from common.staff_pages import BetweenDays, Exported, ReadOnlyPage, one_of

ACTIONS = one_of("action", {one.value: Q(action=one.value) for one in Action})


@admin.register(AuditEntry)
class AuditEntryAdmin(Exported, ReadOnlyPage):
    """People appear by their address as long as they have an account, then by a bare id."""

    list_display = ["id", "at", "action", "who", "whose", "object", "address", "request_id"]
    list_filter = [ACTIONS, ("at", BetweenDays)]
    search_fields = ["request_id", "object"]
    search_help_text = "An address of a user, a request id, or the prefix of a key."
    sortable_by = ["at"]
    ordering = ["-at"]
    exported = ["id", "at", "action", "actor_email", "actor", "subject_email", "subject", "object"]
    exported += ["before", "after", "address", "request_id", "digest"]
    fields = ["id", "at", "action", "who", "whose", "object", "was", "became"]
    fields += ["address", "request_id", "previous", "digest"]
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEntry]:
        found: QuerySet[AuditEntry] = super().get_queryset(request)
        return found.annotate(
            actor_email=_email_of("actor"),
            subject_email=_email_of("subject"),
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AuditEntry], search_term: str
    ) -> tuple[QuerySet[AuditEntry], bool]:
        if not search_term:
            return queryset, False
        found = User.objects.filter(pk__in=users_like(search_term))
        people = list(found.values_list("audit_id", flat=True))
        about = Q(actor__in=people) | Q(subject__in=people)
        named = Q(request_id=search_term) | Q(object=search_term)
        return queryset.filter(about | named), False

    @admin.display(description="who", ordering="actor")
    def who(self, entry: Any) -> str:
        return str(entry.actor_email or entry.actor or "–")

    @admin.display(description="whose account", ordering="subject")
    def whose(self, entry: Any) -> str:
        return str(entry.subject_email or entry.subject or "–")

    @admin.display(description="before")
    def was(self, entry: AuditEntry) -> SafeString:
        return _readable(entry.before)

    @admin.display(description="after")
    def became(self, entry: AuditEntry) -> SafeString:
        return _readable(entry.after)


def _email_of(column: str) -> Subquery:
    return Subquery(User.objects.filter(audit_id=OuterRef(column)).values("email")[:1])


def _readable(value: object) -> SafeString:
    return format_html("<pre>{}</pre>", json.dumps(value, indent=2, ensure_ascii=False))
