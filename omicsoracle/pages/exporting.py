"""The series of an answer as a file."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from common.cells import csv_lines

COLUMNS = (
    *("geo_id", "title", "organisms", "study_types", "platforms", "sample_count", "release_date"),
    *("relevance_score", "quality_score", "quality_level", "match_reasons", "has_raw_data"),
    *("pubmed_ids", "bioproject", "sra", "superseries", "subseries", "url"),
)


@dataclass(frozen=True, slots=True)
class Format:
    media_type: str
    extension: str
    write: Callable[[Mapping[str, Any]], str]


def as_csv(answer: Mapping[str, Any]) -> str:
    return "".join(csv_lines(_rows(answer)))


def as_json(answer: Mapping[str, Any]) -> str:
    return orjson.dumps(answer, option=orjson.OPT_INDENT_2).decode()


FORMATS: Mapping[str, Format] = {
    "csv": Format("text/csv; charset=utf-8", "csv", as_csv),
    "json": Format("application/json", "json", as_json),
}


def _rows(answer: Mapping[str, Any]) -> Iterator[list[str]]:
    yield ["rank", *COLUMNS]
    for rank, one in enumerate(answer["datasets"], start=1):
        yield [str(rank), *(_cell(one.get(name)) for name in COLUMNS)]


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return "; ".join(map(str, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)
