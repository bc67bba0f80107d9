"""What sockets are told of a workflow."""

from collections.abc import Mapping
from typing import Any

from common.live import State, tell
from discovery.models import Workflow, WorkflowStatus

KIND = "workflow"
PERCENT = 1_000  # more than the versions that one attempt may have


def state_of(workflow: Workflow) -> State:
    """Return the present state, as who has just come is told it."""
    messages = [_status(workflow), *_end(workflow)]
    return State(_version(workflow), messages, is_over=workflow.is_finished)


def tell_stage(workflow: Workflow) -> None:
    """Tell of the stage that has just ended."""
    said = {"type": "stage", **workflow.stage_results[-1], "progress": workflow.progress}
    tell(KIND, workflow.pk, State(_version(workflow), [said]))


def tell_end(workflow: Workflow) -> None:
    tell(KIND, workflow.pk, State(_version(workflow), _end(workflow), is_over=True))


def _version(workflow: Workflow) -> int:
    """Return what grows from change to change, over attempts too."""
    return (workflow.attempts * PERCENT + workflow.progress) * 2 + workflow.is_finished


def _status(workflow: Workflow) -> dict[str, Any]:
    return {
        "type": "status",
        "workflow_id": str(workflow.pk),
        "status": workflow.status,
        "progress": workflow.progress,
        "stage_results": workflow.stage_results,
    }


def _end(workflow: Workflow) -> list[Mapping[str, Any]]:
    """Return the last message; the result itself is read over HTTP."""
    if not workflow.is_finished:
        return []
    said = {"workflow_id": str(workflow.pk), "status": workflow.status, "progress": 100}
    if workflow.status == WorkflowStatus.FAILED:
        return [{"type": "error", **said, "error": workflow.error or "No series could be found."}]
    return [{"type": "complete", **said}]
