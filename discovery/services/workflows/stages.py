"""What a workflow is made of: its order, the stages of each type, and what one hands to the next."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from discovery.quality import Quality
from discovery.reports import Report
from discovery.services import questions, reports, selection
from discovery.services.reports import Style
from discovery.services.selection import Scope, Selection
from discovery.understanding import Understanding


class Type(StrEnum):
    """How far a workflow goes."""

    SIMPLE_SEARCH = "simple_search"
    FULL_ANALYSIS = "full_analysis"
    QUICK_REPORT = "quick_report"
    DATA_VALIDATION = "data_validation"


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody wants done."""

    type: Type
    scope: Scope
    style: Style = field(default_factory=Style)


@dataclass(slots=True)
class Progress:
    """What the stages have found so far. None: not yet, or the stage failed."""

    order: Order
    at: date
    understanding: Understanding | None = None
    selection: Selection | None = None
    verdicts: dict[str, Quality] | None = None
    report: Report | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """One step, by one agent of `GET agents`.

    :param needs_series: whether there is nothing to do once no series could be found
    """

    name: str
    agent: str
    work: Callable[[Progress], None]
    needs_series: bool = False


def _read(progress: Progress) -> None:
    progress.understanding = questions.read(question=progress.order.scope.question, at=progress.at)


def _find(progress: Progress) -> None:
    progress.selection = selection.choose(
        progress.order.scope, at=progress.at, understood=progress.understanding
    )


def _validate(progress: Progress) -> None:
    progress.verdicts = reports.judge(_chosen(progress).series, at=progress.at)


def _report(progress: Progress) -> None:
    """Write the report; without verdicts if those could not be had."""
    order, chosen = progress.order, _chosen(progress)
    is_to_judge = VALIDATE not in PLANS[order.type]
    verdicts = reports.judge(chosen.series, at=progress.at) if is_to_judge else progress.verdicts
    progress.report = reports.report_on(
        chosen, order.scope, order.style, verdicts=verdicts or {}, at=progress.at
    )


def _chosen(progress: Progress) -> Selection:
    """Return the series; stages that need them are not begun without."""
    return progress.selection or Selection()


READ = Stage("query_processing", "query", _read)
FIND = Stage("dataset_search", "search", _find)
VALIDATE = Stage("data_validation", "validate", _validate, needs_series=True)
REPORT = Stage("report_generation", "report", _report, needs_series=True)
PLANS: dict[Type, tuple[Stage, ...]] = {
    Type.SIMPLE_SEARCH: (READ, FIND),
    Type.FULL_ANALYSIS: (READ, FIND, VALIDATE, REPORT),
    Type.QUICK_REPORT: (READ, FIND, REPORT),
    Type.DATA_VALIDATION: (READ, FIND, VALIDATE),
}


def plan(order: Order) -> tuple[Stage, ...]:
    """Return the stages of an order. Without a question there is none to read."""
    return tuple(one for one in PLANS[order.type] if order.scope.question or one is not READ)
