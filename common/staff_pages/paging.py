"""Pages of lists with a million rows: who looks for more than the newest of them, searches."""

from functools import cached_property
from typing import Any

from django.core.paginator import Paginator

MOST = 10_000  # rows that are counted, and can be paged to


class CappedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts up to `MOST` and says so: to count a million rows takes longer than to find one."""

    template_name = "staff/pagination.html"

    @cached_property
    def count(self) -> int:
        return min(MOST, self._seen)

    @property
    def is_capped(self) -> bool:
        return self._seen > MOST

    @cached_property
    def _seen(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[: MOST + 1].count())
