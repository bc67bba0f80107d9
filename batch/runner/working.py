"""Working on queries, some at a time, for a while: what a task of a worker does."""

import os
import random
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, partial
from typing import Any

import structlog
from billiard.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone
from django.utils.module_loading import import_string

from batch.background import asked_of
from batch.runner import settling
from batch.runner.claiming import Claim, claim
from batch.runner.heart import Heart, Interrupted
from batch.runner.rounds import Pace, Round
from batch.runner.settling import Ending, Failure, NotOurs
from common import request_id
from common.errors import OracleError
from common.renderers import FastJSONRenderer
from common.spans import traced
from discovery.models import Workflow
from discovery.rendered_reports import workflow_answer

SHARE = 20.0  # seconds of one task in which queries are begun
SECONDS = 45.0  # of one query in which stages are begun: inside the task's limit, both together
MOST_FAULTS, MOST_CRASHES = 5, 3
FIRST_WAIT, LONGEST_WAIT = 2.0, 60.0  # seconds after a fault; each time twice as long
UNAVAILABLE = 503
CRASHED = Failure(
    "crashed",
    f"The workers that ran this stopped {MOST_CRASHES} times before it was done. Send it with fewer"
    " results.",
)
FAILED = Failure("internal_error", "This failed on our side. If it stays, tell us the job's id.")
NOT_FOUND = Failure("failed", "No series could be found.")
NO_DATABASE = Failure("service_unavailable", "The database did not answer.")
TOO_LONG = Failure("timeout", "This took longer than it may. Send it with fewer results.")

logger = structlog.get_logger(__name__)


@dataclass(slots=True)
class Done:
    """What one task did, and whether there may be more to do."""

    items: int = 0
    jobs_ended: int = 0
    is_more: bool = False


class Failed(Exception):
    """There is no result, and would be none another time."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.detail)
        self.failure = failure


@cache
def worker_name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"[:100]


@cache
def warm_up() -> None:
    """Load, once in a process, what any question needs: no query is in hand while that takes time."""
    asked = {"query": "breast cancer", "workflow_type": "simple_search", "max_results": 1}
    import_string(settings.WORKFLOW_EXECUTOR)(asked, at=timezone.now(), seconds=SECONDS)


def work(*, seconds: float = SHARE) -> Done:
    """Run queries that are due, until there are none or the time is over.

    :raises OperationalError: if the database goes away; what was in hand is somebody's again when its
        lease ends
    """
    done, started, pace = Done(), time.monotonic(), Pace()
    with Heart() as heart:
        while time.monotonic() - started < seconds:
            claims = claim(worker=worker_name(), most=pace.most())
            if not claims:
                return done
            with Round(claims, heart) as round_:
                for one in round_:
                    began = time.monotonic()
                    run(one, heart, round_)
                    pace.note(time.monotonic() - began)
            done.items += len(claims)
            done.jobs_ended += round_.is_job_over
    done.is_more = True
    return done


@traced("query of a job")
def run(claimed: Claim, heart: Heart, round_: Round) -> None:
    """Run one query to its end, or put it off."""
    with request_id.bound(claimed.request_id or str(claimed.job_id)):
        try:
            heart.begin(claimed)
            ending = _tried(claimed, heart)
        except (NotOurs, Interrupted):
            logger.info("query given away", job=str(claimed.job_id), index=claimed.index)
            return
        if ending is not None:
            round_.end(ending)


def _tried(claimed: Claim, heart: Heart) -> Ending | None:
    """Answer a query, and say how it ended; None: it is tried again later.

    :raises NotOurs: if it is not ours any more
    """
    began = timezone.now()
    failed = partial(Ending, claimed, began, None)
    try:
        return Ending(claimed, began, answer(claimed, heart))
    except NotOurs:
        raise
    except Failed as hopeless:
        return failed(hopeless.failure)
    except SoftTimeLimitExceeded:
        if not _put_off(claimed, TOO_LONG):
            settling.settle([failed(TOO_LONG)])
        raise
    except Exception as error:  # whatever it is, the other queries go on
        if is_passing(error):
            reason = _failure_of(error)
            return None if _put_off(claimed, reason) else failed(reason)
        logger.exception("query failed", job=str(claimed.job_id), index=claimed.index)
        return failed(FAILED)


def answer(claimed: Claim, heart: Heart) -> bytes:
    """Return what `workflows/execute` would answer, as it was to be answered when it was sent.

    :raises NotOurs: if the query was cancelled meanwhile
    :raises Failed: if there was nothing to work on, or the query stops whoever runs it
    """
    if claimed.crashes >= MOST_CRASHES:
        raise Failed(CRASHED)
    asked = asked_of(
        workflow_type=claimed.workflow_type, query=claimed.query, parameters=claimed.parameters
    )

    def on_stage(results: Sequence[dict[str, Any]], percent: int) -> None:
        heart.require_ours()
        if claimed.is_workflow:
            settling.note_stage(claimed, results, percent)

    began = timezone.now()
    execute = import_string(settings.WORKFLOW_EXECUTOR)
    with heart.interrupting():
        outcome = execute(
            asked,
            at=claimed.submitted_at,
            seconds=SECONDS,
            on_stage=on_stage,
            is_passing=is_passing,
        )
    if outcome["status"] == "failed":
        raise Failed(Failure(NOT_FOUND.code, _reason(outcome)))
    workflow = Workflow(
        id=claimed.item_id,
        asked=asked,
        progress=100,
        created_at=claimed.submitted_at,
        started_at=began,
        completed_at=timezone.now(),
        **outcome,
    )
    return FastJSONRenderer().render(workflow_answer(workflow))


def is_passing(error: Exception) -> bool:
    """Say whether an error is the fault of something that may be back soon."""
    if isinstance(error, OracleError):
        return error.status == UNAVAILABLE
    return isinstance(error, OperationalError | InterfaceError | SoftTimeLimitExceeded | NotOurs)


def _put_off(claimed: Claim, failure: Failure) -> bool:
    """Have a query tried again later; False if it was tried as often as may be."""
    if claimed.faults + 1 >= MOST_FAULTS:
        return False
    wait = min(LONGEST_WAIT, FIRST_WAIT * 2**claimed.faults) * random.uniform(0.5, 1.5)  # noqa: S311
    settling.postpone(claimed, failure, wait=timedelta(seconds=wait))
    return True


def _failure_of(error: Exception) -> Failure:
    if isinstance(error, OracleError):
        return Failure(error.code, error.detail)
    connection.close()  # the database is away, and with it what this leads to
    return NO_DATABASE


def _reason(outcome: dict[str, Any]) -> str:
    errors = [stage["error"] for stage in outcome["stage_results"] if stage["error"]]
    return errors[0] if errors else NOT_FOUND.detail
