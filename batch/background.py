"""Workflows in the background: jobs of one query, told of as workflows are."""

from collections.abc import Mapping
from typing import Any

from batch.models import BatchItem, BatchJob
from batch.states import OPEN, ItemState
from discovery.models import Workflow
from discovery.rendered_reports import workflow_answer

RUNNING_MOST = 99  # percent: whoever reads 100 is to find the answer


def asked_of(*, workflow_type: str, query: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body that asks for what a query of a job asks for."""
    asked = {**parameters, "workflow_type": workflow_type}
    return {**asked, "query": query} if query else asked


def told_of(job: BatchJob, item: BatchItem) -> dict[str, Any]:
    """Return a workflow in the background as `GET workflows/{id}` tells of it."""
    if item.result is not None:
        return dict(item.result)
    stages = item.stages or {"results": [], "percent": 0}
    is_open = item.status in OPEN
    workflow = Workflow(
        id=item.pk,
        asked=asked_of(
            workflow_type=job.workflow_type, query=item.query, parameters=job.parameters
        ),
        status=item.status,
        stage_results=stages["results"],
        progress=min(stages["percent"], RUNNING_MOST) if is_open else 100,
        error=item.error if item.status == ItemState.FAILED else "",
        created_at=job.created_at,
        started_at=job.started_at,
        completed_at=job.completed_at,
    )
    return workflow_answer(workflow)
