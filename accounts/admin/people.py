"""Lists of what belongs to users: found by whom it belongs to, through indexes."""

import re
from typing import Any
from uuid import UUID

from django.db.models import OrderBy, Q, QuerySet
from django.db.models.functions import Coalesce
from django.http import HttpRequest

from accounts.models import User
from accounts.services import staff
from common.staff_pages import OraclePage

MOST_FOUND = 200  # users whose rows one search shows
SHORTEST = 3  # characters
WORD = re.compile(r"[^\W_]+")


def users_like(text: str) -> list[UUID]:
    """Return the ids of users whose address or name contains this."""
    found = beginning(text) if is_short(text) else staff.matching(q=text)
    return list(found.values_list("pk", flat=True)[:MOST_FOUND])


def is_short(text: str) -> bool:
    """Say whether the index of parts, which knows three characters at a time, cannot look this up."""
    return all(len(word) < SHORTEST for word in WORD.findall(text))


def beginning(text: str) -> QuerySet[User]:
    """Return the users whose address begins so."""
    return User.objects.filter(email__startswith=User.objects.normalize_email(text))


def identifier(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def sorted_by(name: str) -> OrderBy:
    """Return an order that no index has.

    Else PostgreSQL goes through all rows in that order, until it has met enough of these people.
    """
    column = name.removeprefix("-")
    return OrderBy(Coalesce(column, column), descending=name.startswith("-"))


class OfPeople(OraclePage):
    """A list that is searched by its users, or by an id: a row's own or a user's."""

    list_select_related = ["user"]
    search_fields = ["user__email"]  # so that there is a box; `found_by` says what it finds
    search_help_text = "Part of an address or a name, or an id."

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        order = [sorted_by(str(name)) for name in queryset.query.order_by]
        return queryset.filter(self.found_by(term)).order_by(*order), False

    def found_by(self, term: str) -> Q:
        known = identifier(term)
        return Q(pk=known) | Q(user=known) if known else Q(user__in=users_like(term))
