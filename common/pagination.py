"""Lists in pages that stay right while rows are added."""

from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request

LARGEST_PAGE = 100


class NewestFirst(CursorPagination):
    """Newest first: ids are UUIDs ordered by time, and no two rows share one."""

    ordering: str | tuple[str, ...] = "-id"
    page_size = 20
    page_size_query_param = "page_size"

    def get_page_size(self, request: Request) -> int:
        given = request.query_params.get("page_size", str(self.page_size))
        if not (given.isascii() and given.isdigit() and 1 <= int(given[:9]) <= LARGEST_PAGE):
            raise ValidationError({"page_size": [f"Must be a number from 1 to {LARGEST_PAGE}."]})
        return int(given)

    def decode_cursor(self, request: Request) -> Cursor | None:
        """Read where the page begins.

        :raises ValidationError: if the cursor is none of ours
        """
        try:
            cursor: Cursor | None = super().decode_cursor(request)
        except (NotFound, ValueError) as error:
            raise _bad_cursor() from error
        return cursor

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> Any:
        try:
            return super().paginate_queryset(queryset, request, view)
        except (DjangoValidationError, ValueError, TypeError) as error:  # a position that is no id
            raise _bad_cursor() from error


def _bad_cursor() -> ValidationError:
    return ValidationError({"cursor": ["Use a cursor from `next` or `previous`, as it is."]})
