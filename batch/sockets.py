"""Jobs as they go on, over `/ws/batch/{id}`."""

from uuid import UUID

from batch import live
from batch.models import BatchJob
from common.live import State, StateSocket


class JobSocket(StateSocket):
    """A batch job: `status` first, `item` and `progress` for each query that ends, then `complete` or `error`."""

    kind = live.KIND

    def read(self, user_id: UUID, object_id: UUID) -> State | None:
        job = BatchJob.objects.of(user_id).light().filter(pk=object_id).first()
        return live.state_of(job) if job else None
