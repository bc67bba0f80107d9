"""Reports and workflows as they go out, in the words of API.md §4."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from functools import partial
from typing import Any

from caching import keys
from caching.services import Answer, Rendered, remember, version
from caching.services.invalidation import of_dataset
from common.renderers import FastJSONRenderer
from discovery import reports
from discovery.models import VERSION, Workflow
from discovery.quality import LEVELS, Level, Quality
from discovery.reports import Format, Report
from discovery.serializers import (
    ChosenSerializer,
    OrderSerializer,
    ReportOrderSerializer,
    order_of,
    scope_of,
    style_of,
)
from discovery.services import selection, workflows
from discovery.services.reports import judge, report_on
from discovery.services.selection import Selection
from discovery.services.workflows import IsPassing, Outcome, StageResult, never

HIGH_QUALITY = LEVELS[Level.GOOD]
LONG = frozenset({"full_report", "sections"})


def report_answer(body: ReportOrderSerializer, *, at: date, viewer: str) -> Answer:
    """Return the report that a valid body asks for. It is kept until the catalogue changes.

    :raises NoneKnown: if the catalogue holds none of the series that are named
    """
    wanted = {**body.data, "at": at, "catalogue": version(VERSION)}
    key = keys.api_response("agents/report", wanted)
    return remember(key, partial(_report, body.validated_data, at), viewer=viewer)


def _report(valid: Mapping[str, Any], at: date) -> Rendered:
    scope, style = scope_of(valid), style_of(valid)
    chosen = selection.choose(scope, at=at)
    report = report_on(chosen, scope, style, verdicts=judge(chosen.series, at=at), at=at)
    answer = {
        **reports.write(report, style.form),
        "report_type": style.kind,
        "report_format": style.form,
        "total_found": chosen.total_found,
        "not_found": chosen.not_found,
        "notices": chosen.notices,
    }
    return Rendered(
        FastJSONRenderer().render(answer), [of_dataset(one) for one in report.accessions]
    )


def execute(
    asked: Mapping[str, Any],
    *,
    at: datetime,
    seconds: float,
    on_stage: Callable[[Sequence[dict[str, Any]], int], None] | None = None,
    is_passing: IsPassing = never,
) -> dict[str, Any]:
    """Run the workflow that a valid body asks for, and return the columns that tell of it.

    Named in settings, for the workers.

    :param on_stage: is told after each stage how they went so far, and the percentage done
    :param is_passing: says of an error whether it passes: it is raised
    """
    body = OrderSerializer(data=dict(asked))
    body.is_valid(raise_exception=True)

    def tell(results: Sequence[StageResult], percent: int) -> None:
        if on_stage:
            on_stage([asdict(one) for one in results], percent)

    outcome = workflows.run(
        order_of(body.validated_data),
        at=at.date(),
        seconds=seconds,
        on_stage=tell,
        is_passing=is_passing,
    )
    return {
        "status": outcome.status,
        "stage_results": [asdict(one) for one in outcome.results],
        "answer": _answer(outcome),
    }


def workflow_answer(workflow: Workflow) -> dict[str, Any]:
    """Return a workflow as far as it is; what is not known before the end is empty until then."""
    return {
        "workflow_id": workflow.pk,
        "workflow_type": workflow.asked["workflow_type"],
        "query": workflow.asked.get("query"),
        "status": workflow.status,
        "progress": workflow.progress,
        "stage_results": workflow.stage_results,
        **_EMPTY,
        **(workflow.answer or {}),
        "error": workflow.error or None,
        "created_at": workflow.created_at,
        "started_at": workflow.started_at,
        "completed_at": workflow.completed_at,
    }


_EMPTY: dict[str, Any] = {
    "total_datasets_found": 0,
    "total_datasets_analyzed": 0,
    "high_quality_datasets": 0,
    "datasets": [],
    "not_found": [],
    "notices": [],
    "final_report": None,
    "report_title": None,
    "report": None,
    "execution_time_ms": 0,
}


def _answer(outcome: Outcome) -> dict[str, Any]:
    progress = outcome.progress
    answer = {**_EMPTY, "execution_time_ms": outcome.execution_time_ms}
    if progress.selection is not None:
        answer |= _series(progress.selection, progress.verdicts)
    if progress.report is not None:
        answer |= _report_fields(progress.report, progress.order.style.form)
    if progress.report is not None or progress.verdicts is not None:
        answer["total_datasets_analyzed"] = len(answer["datasets"])
    return answer


def _series(chosen: Selection, verdicts: Mapping[str, Quality] | None) -> dict[str, Any]:
    shown = ChosenSerializer(chosen.series, many=True, context={"verdicts": verdicts})
    return {
        "total_datasets_found": chosen.total_found,
        "high_quality_datasets": sum(one.quality_score >= HIGH_QUALITY for one in chosen.series),
        "datasets": shown.data,
        "not_found": chosen.not_found,
        "notices": chosen.notices,
    }


def _report_fields(report: Report, form: Format) -> dict[str, Any]:
    written = reports.write(report, form)
    return {
        "final_report": written["full_report"],
        "report_title": written["title"],
        "report": {name: value for name, value in written.items() if name not in LONG},
    }
