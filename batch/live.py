"""What sockets are told of a job. All of it is told only once it is so: after the transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction

from batch.background import RUNNING_MOST
from batch.models import BatchJob
from batch.states import OPEN, ItemState, JobState
from common.live import State, tell

KIND, WORKFLOW = "job", "workflow"
STEPS = {JobState.PENDING: 0, JobState.RUNNING: 1}  # of a job that has not ended
ENDED = 2
PERCENT = 1_000  # more than the versions that one attempt at a workflow may have


@dataclass(frozen=True, slots=True)
class Ended:
    """A query that has ended, and why it failed if it did."""

    index: int
    status: ItemState
    error: str | None = None


def state_of(job: BatchJob) -> State:
    """Return the present state, as who has just come is told it."""
    return State(_version(job), [_said(job, "status"), *_end(job)], is_over=job.is_finished)


def tell_begun(job: BatchJob) -> None:
    """Tell that a job runs from now on, or once more."""
    _tell(job, State(_version(job), [_said(job, "status")]))


def tell_items(job: BatchJob, items: Sequence[Ended]) -> None:
    """Tell of queries that have ended, and of the job's end with the last one. Answers are read over HTTP."""
    ended = [{"type": "item", **asdict(one)} for one in items]
    messages = [_said(job, "progress"), *_end(job)]
    _tell(job, State(_version(job), messages, is_over=job.is_finished, always=ended))


def tell_end(job: BatchJob) -> None:
    """Tell that a job was cancelled."""
    _tell(job, State(_version(job), _end(job), is_over=True))


def state_of_workflow(told: Mapping[str, Any], *, attempts: int = 1) -> State:
    """Return the present state of a workflow.

    :param told: the workflow, as it is read over HTTP
    """
    names = ("status", "progress", "stage_results")
    status = {"type": "status", "workflow_id": str(told["workflow_id"])}
    status |= {name: told[name] for name in names}
    version = _version_of_workflow(attempts, told["progress"])
    if told["status"] in OPEN:
        return State(version, [status])
    return State(version + 1, [status, _end_of_workflow(told)], is_over=True)


def tell_stage(workflow_id: UUID, stage: Mapping[str, Any], *, percent: int, attempts: int) -> None:
    """Tell of a stage that has just ended."""
    percent = min(percent, RUNNING_MOST)
    said = {"type": "stage", **stage, "progress": percent}
    change = State(_version_of_workflow(attempts, percent), [said])
    transaction.on_commit(partial(tell, WORKFLOW, workflow_id, change))


def tell_end_of_workflow(told: Mapping[str, Any], *, attempts: int) -> None:
    """Tell that a workflow has ended. The result itself is read over HTTP."""
    version = _version_of_workflow(attempts, told["progress"]) + 1
    change = State(version, [_end_of_workflow(told)], is_over=True)
    transaction.on_commit(partial(tell, WORKFLOW, told["workflow_id"], change))


def _version_of_workflow(attempts: int, percent: int) -> int:
    """Return what grows from change to change, over attempts too; an odd one is left for the end."""
    return (attempts * PERCENT + percent) * 2


def _end_of_workflow(told: Mapping[str, Any]) -> Mapping[str, Any]:
    said = {"workflow_id": str(told["workflow_id"]), "status": told["status"], "progress": 100}
    if told["status"] == ItemState.FAILED:
        return {"type": "error", **said, "error": told["error"] or "No series could be found."}
    return {"type": "complete", **said}


def _tell(job: BatchJob, change: State) -> None:
    transaction.on_commit(partial(tell, KIND, job.pk, change))


def _version(job: BatchJob) -> int:
    return (ENDED + 1) * job.ended_tasks + STEPS.get(JobState(job.status), ENDED)


def _said(job: BatchJob, kind: str) -> dict[str, Any]:
    return {
        "type": kind,
        "id": str(job.pk),
        "status": job.status,
        "progress": round(job.percent, 1),
        "total_tasks": job.total_tasks,
        "completed_tasks": job.completed_tasks,
        "failed_tasks": job.failed_tasks,
        "cancelled_tasks": job.cancelled_tasks,
    }


def _end(job: BatchJob) -> list[Mapping[str, Any]]:
    if not job.is_finished:
        return []
    if job.status == JobState.FAILED:
        return [{**_said(job, "error"), "error": job.error_message}]
    return [_said(job, "complete")]
