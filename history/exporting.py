"""What somebody asked, as a file: in parts, so that no request holds all of it."""

from collections.abc import Iterator
from itertools import chain

import orjson

from common.cells import csv_lines
from history import results
from history.models import QueryHistory, QueryHistoryQuerySet
from history.serializers import COLUMNS, QueryDetailSerializer

AT_ONCE = 500


def as_csv(found: QueryHistoryQuerySet) -> Iterator[str]:
    """Yield lines of CSV, the heading first, newest first. No cell is a formula."""
    return csv_lines(chain([[*COLUMNS, "datasets"]], map(_cells, _rows(found))))


def as_ndjson(found: QueryHistoryQuerySet) -> Iterator[bytes]:
    """Yield lines of JSON, each as the detail of a question, without titles."""
    for row in _rows(found):
        yield orjson.dumps(QueryDetailSerializer(row).data, option=orjson.OPT_APPEND_NEWLINE)


def _rows(found: QueryHistoryQuerySet) -> Iterator[QueryHistory]:
    """Yield the rows by page: no transaction stays open while somebody reads slowly."""
    newest_first = found.defer(None).defer("words").newest_first()
    page = list(newest_first[:AT_ONCE])
    while page:
        yield from page
        last = page[-1]
        rest = newest_first.filter(created_at__lte=last.created_at)
        page = list(rest.exclude(created_at=last.created_at, pk__gte=last.pk)[:AT_ONCE])


def _cells(row: QueryHistory) -> list[str]:
    shown = QueryDetailSerializer(row).data
    cells = ["" if shown[name] is None else str(shown[name]) for name in COLUMNS]
    return [*cells, "; ".join(results.accessions_of(row.result or {}))]
