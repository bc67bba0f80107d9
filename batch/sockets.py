"""Jobs and workflows as they go on, over `/ws/batch/{id}` and `/ws/workflows/{id}`."""

from uuid import UUID

from batch import live
from batch.background import told_of
from batch.models import BatchItem, BatchJob
from common.live import State, StateSocket
from discovery.models import Workflow
from discovery.rendered_reports import workflow_answer


class JobSocket(StateSocket):
    """A batch job: `status` first, `item` and `progress` for queries that end, then `complete` or `error`."""

    kind = live.KIND

    def read(self, user_id: UUID, object_id: UUID) -> State | None:
        job = BatchJob.objects.of(user_id).light().filter(pk=object_id).first()
        return live.state_of(job) if job else None


class WorkflowSocket(StateSocket):
    """A workflow: `status` first, then each `stage`, then `complete` or `error`."""

    kind = live.WORKFLOW

    def read(self, user_id: UUID, object_id: UUID) -> State | None:
        item = BatchItem.objects.of_workflow(user_id=user_id, workflow_id=object_id).first()
        if item is not None:
            return live.state_of_workflow(told_of(item.job, item), attempts=item.attempts)
        kept = Workflow.objects.of(user_id).filter(pk=object_id).first()
        return live.state_of_workflow(workflow_answer(kept)) if kept else None
