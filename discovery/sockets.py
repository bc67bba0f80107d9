"""Workflows as they go on, over `/ws/workflows/{id}`."""

from uuid import UUID

from common.live import State, StateSocket
from discovery import live
from discovery.models import Workflow


class WorkflowSocket(StateSocket):
    """A workflow in the background: `status` first, then each `stage`, then `complete` or `error`."""

    kind = live.KIND

    def read(self, user_id: UUID, object_id: UUID) -> State | None:
        workflow = Workflow.objects.of(user_id).filter(pk=object_id).first()
        return live.state_of(workflow) if workflow else None
