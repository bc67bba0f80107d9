"""Workflows that ran while somebody waited, as they are kept: found again by their owners, forgotten in time."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from common import request_id
from common.errors import OracleError
from discovery.models import Workflow


class WorkflowUnknown(OracleError):
    """There is no such workflow, or it is somebody else's."""

    status = 404
    code = "not_found"
    detail = "You have no such workflow. Results are kept for a limited time."


def keep(
    *, user_id: UUID | str, asked: Mapping[str, Any], at: datetime, **outcome: Any
) -> Workflow:
    """Keep a workflow that has run already, so that its owner can read it again.

    :param at: when it began
    :param outcome: the columns that tell what came of it
    """
    return Workflow.objects.create(
        user_id=user_id,
        asked=dict(asked),
        created_at=at,
        started_at=at,
        progress=100,
        request_id=request_id.current() or "",
        **outcome,
    )


def find(*, user_id: UUID | str, workflow_id: UUID) -> Workflow:
    """Return a workflow of this user.

    :raises WorkflowUnknown: if they have none with this id
    """
    workflow = Workflow.objects.of(user_id).filter(pk=workflow_id).first()
    if workflow is None:
        raise WorkflowUnknown
    return workflow


def delete(*, user_id: UUID | str, workflow_id: UUID) -> None:
    """Forget a workflow.

    :raises WorkflowUnknown: if the user has none with this id
    """
    count, _ = Workflow.objects.of(user_id).filter(pk=workflow_id).delete()
    if not count:
        raise WorkflowUnknown


def of_user(*, user: Any) -> list[Any]:
    """Return what is stored of a person's workflows, for their export."""
    rows = Workflow.objects.of(user.pk).order_by("-pk")
    return list(
        rows.values(
            "id", "asked", "status", "stage_results", "answer", "created_at", "completed_at"
        )
    )
