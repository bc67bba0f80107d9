"""Running the workflows that wait, and forgetting old ones.

Who runs one holds it by a lease, which each stage renews. Whoever is killed loses it: another
worker begins again, at most three times, and then the workflow has failed.
"""

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from common import request_id
from discovery import live
from discovery.models import Workflow, WorkflowStatus
from discovery.models.workflow import MOST_ATTEMPTS

SHARE = 20.0  # seconds of one task in which workflows are begun
# Of one workflow in which stages are begun: both together stay well inside the task time limit.
SECONDS = 45.0
GIVEN_UP = (
    f"The workers that ran this stopped {MOST_ATTEMPTS} times before it was done. Send it again, with"
    " fewer results."
)
FAILED = "This failed on our side. Send it again; if it stays, tell us the id."
BATCH = 1_000

logger = structlog.get_logger(__name__)

OnStage = Callable[[Sequence[dict[str, Any]], int], None]


class NotOurs(Exception):
    """The workflow was deleted meanwhile, or somebody else runs it."""


def run_waiting(*, at: datetime) -> bool:
    """Run workflows that wait, one after the other; say whether some may be left."""
    started = time.monotonic()
    while time.monotonic() - started < SHARE:
        workflow = Workflow.objects.claim(at=at + timedelta(seconds=time.monotonic() - started))
        if workflow is None:
            return False
        with request_id.bound(workflow.request_id or str(workflow.pk)):
            _run(workflow)
    return True


def forget(*, at: datetime) -> int:
    """Delete the workflows that ended longer ago than they are kept; say how many."""
    before = at - timedelta(days=settings.WORKFLOWS_KEPT_DAYS)
    count = 0
    while True:
        old = Workflow.objects.finished().filter(completed_at__lt=before).values("pk")[:BATCH]
        deleted, _ = Workflow.objects.filter(pk__in=old).delete()
        count += deleted
        if deleted < BATCH:
            logger.info("workflows forgotten", count=count)
            return count


def _run(workflow: Workflow) -> None:
    if workflow.attempts > MOST_ATTEMPTS:
        _end(workflow, status=WorkflowStatus.FAILED, error=GIVEN_UP)
        return

    def note(results: Sequence[dict[str, Any]], percent: int) -> None:
        # Whoever reads 100 % is to find the answer.
        changes = {"stage_results": list(results), "progress": min(percent, 99)}
        if not workflow.note(at=timezone.now(), **changes):
            raise NotOurs
        live.tell_stage(workflow)

    execute = import_string(settings.WORKFLOW_EXECUTOR)
    try:
        _end(workflow, **execute(workflow.asked, at=timezone.now(), seconds=SECONDS, on_stage=note))
    except NotOurs:
        logger.info("workflow given away", workflow=str(workflow.pk))
    except Exception:
        logger.exception("workflow failed", workflow=str(workflow.pk))
        _end(workflow, status=WorkflowStatus.FAILED, error=FAILED)


def _end(workflow: Workflow, **outcome: Any) -> None:
    if workflow.end(at=timezone.now(), **outcome):
        live.tell_end(workflow)
        logger.info("workflow ended", workflow=str(workflow.pk), status=outcome["status"])
        if settings.WORKFLOW_ENDED:
            import_string(settings.WORKFLOW_ENDED)(workflow_id=workflow.pk)
