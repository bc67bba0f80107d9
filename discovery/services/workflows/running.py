"""Go through the stages: what one cannot do does not take away what the others can."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import structlog

from common import request_id
from common.errors import OracleError
from discovery.services.workflows.stages import Order, Progress, Stage, plan
from monitoring import metrics
from monitoring.requests import STAGE

NO_TIME = "There was no time left for this stage. Ask for fewer series."
NO_SERIES = "Not begun: no series could be found to work on."

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class StageResult:
    """What became of a stage. `error` tells a person what went wrong."""

    stage: str
    agent_name: str
    success: bool
    execution_time_ms: int
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a workflow."""

    progress: Progress
    results: list[StageResult]
    execution_time_ms: int

    @property
    def status(self) -> str:
        """Return "completed", "partial" if a stage failed, "failed" if no series could be found."""
        if all(one.success for one in self.results):
            return "completed"
        return "failed" if self.progress.selection is None else "partial"


OnStage = Callable[[Sequence[StageResult], int], None]
IsPassing = Callable[[Exception], bool]


def never(_: Exception) -> bool:
    return False


def run(
    order: Order,
    *,
    at: date,
    seconds: float,
    on_stage: OnStage | None = None,
    is_passing: IsPassing = never,
) -> Outcome:
    """Do what is ordered.

    :param seconds: no stage is begun later than this after the first
    :param on_stage: is told after each stage how they went so far, and the percentage done
    :param is_passing: says of an error whether it passes: it is raised, so that all of it is tried again
    """
    started = time.perf_counter()
    stages, progress = plan(order), Progress(order, at)
    results: list[StageResult] = []
    for stage in stages:
        has_time = time.perf_counter() - started < seconds
        results.append(_do(stage, progress, is_passing) if has_time else _left_out(stage, NO_TIME))
        if on_stage:
            on_stage(results, 100 * len(results) // len(stages))
    return Outcome(progress, results, _milliseconds_since(started))


def _do(stage: Stage, progress: Progress, is_passing: IsPassing) -> StageResult:
    if stage.needs_series and progress.selection is None:
        return _left_out(stage, NO_SERIES)
    started = time.perf_counter()
    error = None
    try:
        stage.work(progress)
    except Exception as fault:  # whatever it is, the other stages have their say
        if is_passing(fault):
            raise
        error = _told(fault, stage)
        metrics.agent_faults.labels(stage.agent).inc()
    metrics.agent_seconds.labels(stage.agent, STAGE).observe(time.perf_counter() - started)
    return StageResult(stage.name, stage.agent, error is None, _milliseconds_since(started), error)


def _told(fault: Exception, stage: Stage) -> str:
    """Return what a person is told of an error; what nobody foresaw is logged."""
    if isinstance(fault, OracleError):
        return fault.detail
    logger.warning("a stage failed", stage=stage.name, exc_info=fault)
    return f"This stage failed on our side. Tell us the request id {request_id.current()}."


def _left_out(stage: Stage, reason: str) -> StageResult:
    return StageResult(stage.name, stage.agent, success=False, execution_time_ms=0, error=reason)


def _milliseconds_since(started: float) -> int:
    return round((time.perf_counter() - started) * 1000)
