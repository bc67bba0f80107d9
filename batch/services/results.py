"""What came of the queries of a job, in the order in which they were sent."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any
from uuid import UUID

from batch.models import BatchItem, BatchItemQuerySet
from common.cells import csv_lines
from common.errors import OracleError
from common.renderers import FastJSONRenderer

AT_ONCE = 50  # results read from the database: each may have a megabyte
MOST = 2**31 - 1  # that an index may be
COLUMNS = (
    *("index", "query", "status", "attempts", "error"),
    *("total_datasets_found", "datasets", "report_title", "execution_time_ms"),
)
SHOWN = ("index", "query", "status", "attempts", "result", "error", "error_code")


class ResultUnknown(OracleError):
    """The job has no query of this number."""

    status = 404
    code = "not_found"
    detail = "The job has no query of this number: the first is 0."


def items_of(job_id: UUID) -> BatchItemQuerySet:
    return BatchItem.objects.filter(job=job_id).only(*SHOWN)


def find(*, job_id: UUID, index: int) -> dict[str, Any]:
    """Return what is told of one query of a job.

    :raises ResultUnknown: if the job has none of this number
    """
    item = items_of(job_id).filter(index=index).first() if index <= MOST else None
    if item is None:
        raise ResultUnknown
    return row_of(item)


def row_of(item: BatchItem) -> dict[str, Any]:
    """Return what is told of one query."""
    return {
        "index": item.index,
        "query": item.query,
        "status": item.status,
        "attempts": item.attempts,
        "result": item.result,
        "error": item.error or None,
        "error_code": item.error_code or None,
    }


def as_ndjson(job_id: UUID) -> Iterator[bytes]:
    """Yield a line of JSON for each query. Only some are in memory at once."""
    render = FastJSONRenderer().render
    return (render(row_of(item)) + b"\n" for item in _each(job_id))


def as_array(job_id: UUID) -> Iterator[bytes]:
    """Yield one array of JSON with all queries. Only some are in memory at once."""
    render = FastJSONRenderer().render
    before = b"[\n"
    for item in _each(job_id):
        yield before + render(row_of(item))
        before = b",\n"
    yield b"\n]\n"


def as_csv(job_id: UUID) -> Iterator[str]:
    """Yield lines of CSV, the heading first: the figures of each result, and its accessions."""
    return csv_lines(chain([COLUMNS], (_cells(item) for item in _each(job_id))))


def _each(job_id: UUID) -> Iterator[BatchItem]:
    """Yield the items without holding a transaction open: whoever reads slowly holds up nobody."""
    last = -1
    while some := list(items_of(job_id).filter(index__gt=last).order_by("index")[:AT_ONCE]):
        yield from some
        last = some[-1].index


def _cells(item: BatchItem) -> Sequence[str]:
    result: Mapping[str, Any] = item.result or {}
    accessions = [one["geo_id"] for one in result.get("datasets", ())]
    return [
        str(item.index),
        item.query,
        item.status,
        str(item.attempts),
        item.error,
        str(result.get("total_datasets_found", "")),
        "; ".join(accessions),
        str(result.get("report_title") or ""),
        str(result.get("execution_time_ms", "")),
    ]
