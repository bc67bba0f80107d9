"""Ending queries: each once, by whoever holds the present fence, and their job with the last one."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, JSONField, Value
from django.db.models.functions import Cast, Now
from django.utils import timezone

from batch import live
from batch.models import BatchItem, BatchJob
from batch.runner import announcing
from batch.runner.claiming import LEASE, Claim
from batch.states import ItemState


class NotOurs(Exception):
    """The query was cancelled or taken over meanwhile: what came of it is thrown away."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a query failed: a code for programs, a sentence for people."""

    code: str
    detail: str


def complete(claim: Claim, result: bytes) -> bool:
    """Store what came of a query, as JSON; say whether its job has ended with it.

    :raises NotOurs: if it is not ours any more
    """
    written = Cast(Value(result.decode()), JSONField())
    return _settle(claim, ItemState.COMPLETED, result=written, error="", error_code="")


def fail(claim: Claim, failure: Failure) -> bool:
    """Note that a query failed for good; say whether its job has ended with it.

    :raises NotOurs: if it is not ours any more
    """
    return _settle(claim, ItemState.FAILED, error=failure.detail, error_code=failure.code)


def postpone(claim: Claim, failure: Failure, *, wait: timedelta) -> None:
    """Have a query tried again later.

    :raises NotOurs: if it is not ours any more
    """
    _write(
        claim,
        status=ItemState.PENDING,
        faults=F("faults") + 1,
        due_at=Now() + wait,
        worker="",
        error=failure.detail,
        error_code=failure.code,
    )


def hold(claim: Claim) -> bool:
    """Go on holding a query; False if it is not ours any more."""
    held = BatchItem.objects.held(item_id=claim.item_id, fence=claim.fence)
    return held.update(due_at=Now() + LEASE) == 1


@transaction.atomic
def _settle(claim: Claim, state: ItemState, **changes: Any) -> bool:
    job = BatchJob.objects.locked().filter(pk=claim.job_id).first()
    if job is None:  # its owner is gone, and all that was theirs
        raise NotOurs
    at: datetime = timezone.now()
    _write(claim, status=state, finished_at=at, worker="", **changes)
    is_good = state == ItemState.COMPLETED
    job.count(completed=is_good, failed=not is_good, at=at)
    live.tell_item(job, live.Ended(claim.index, state, changes["error"] or None))
    if job.is_finished:
        announcing.announce(job, at=at)
    return job.is_finished


def _write(claim: Claim, **changes: Any) -> None:
    held = BatchItem.objects.held(item_id=claim.item_id, fence=claim.fence)
    if held.update(**changes) != 1:
        raise NotOurs
