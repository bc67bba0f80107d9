"""What is kept of an answer: what it found, not what the catalogue says of it; in plain Python.

An answer has kilobytes for each series; a row of history has its accession and a number. What a
series is called is read from the catalogue when somebody looks.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Answer = Mapping[str, Any]
RELEVANCE, QUALITY = "relevance_score", "quality_score"
# In a result as it is kept: pairs of an accession and a number, which is one of these.
SERIES = (RELEVANCE, QUALITY)


@dataclass(frozen=True, slots=True)
class Kept:
    """A result, and how many things it found; None as long as that is not known."""

    result: dict[str, Any]
    count: int | None


def kept_of(agent: str, answer: Answer) -> Kept:
    """Return what is kept of an agent's answer."""
    return KEEPERS[agent](answer)


def accessions_of(result: Mapping[str, Any]) -> list[str]:
    """Return the series of a kept result, in its order."""
    return [accession for kind in SERIES for accession, _ in result.get(kind, ())]


def shown(result: Mapping[str, Any], titles: Mapping[str, str]) -> dict[str, Any]:
    """Return a kept result as people see it, with the titles of its series."""
    rest = {name: value for name, value in result.items() if name not in SERIES}
    for kind in SERIES:
        if kind in result:
            rest["datasets"] = [
                {"geo_id": accession, "title": titles.get(accession), kind: number}
                for accession, number in result[kind]
            ]
    return rest


def _query(answer: Answer) -> Kept:
    rest = {name: value for name, value in answer.items() if name != "original_query"}
    return Kept(rest, len(answer["entities"]))


def _search(answer: Answer) -> Kept:
    found = _chosen(answer, "total_found", "search_terms_used", "filters_applied", "source")
    return Kept(found | {RELEVANCE: _series(answer["datasets"])}, len(answer["datasets"]))


def _validate(answer: Answer) -> Kept:
    judged = [(one["geo_id"], one["quality"]["score"]) for one in answer["validated_datasets"]]
    told = _chosen(answer, "total_processed", "not_found", "quality_stats")
    return Kept(told | {QUALITY: judged}, len(judged))


def _summarize(answer: Answer) -> Kept:
    points = [one["text"] for one in answer["key_points"]]
    told = _chosen(answer, "geo_id", "summary", "engine")
    return Kept(told | {"key_points": points}, len(points))


def _report(answer: Answer) -> Kept:
    told = ("title", "summary", "report_type", "report_format", "total_found", "datasets_included")
    return Kept(_chosen(answer, *told), len(answer["datasets_included"]))


def _workflow(answer: Answer) -> Kept:
    """Keep how it went. While it runs, nobody knows how much it finds."""
    told = _chosen(
        answer,
        *("workflow_id", "workflow_type", "status", "report_title", "total_datasets_found"),
        *("total_datasets_analyzed", "high_quality_datasets"),
    )
    if answer["status"] in {"pending", "running"}:
        return Kept(told, None)
    return Kept(told | {RELEVANCE: _series(answer["datasets"])}, len(answer["datasets"]))


def _chosen(answer: Answer, *names: str) -> dict[str, Any]:
    return {name: answer[name] for name in names if name in answer}


def _series(datasets: Iterable[Answer]) -> list[tuple[str, float | None]]:
    return [(one["geo_id"], one["relevance_score"]) for one in datasets]


KEEPERS: dict[str, Callable[[Answer], Kept]] = {
    "query": _query,
    "search": _search,
    "validate": _validate,
    "summarize": _summarize,
    "report": _report,
    "workflow": _workflow,
}
