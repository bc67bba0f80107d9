"""Keeping what was asked: at once if somebody worked for the answer, else with the usage event."""

import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
import structlog
from django.db import DatabaseError

from common.ids import uuid7
from common.renderers import FastJSONRenderer
from common.trimmed import trimmed
from discovery.noting import Noted
from history import results
from history.models import QueryHistory
from history.results import Kept
from history.runner import keeping
from quotas.services.requests import Charge

logger = structlog.get_logger(__name__)


def record(noted: Noted, kept: Kept, *, charge: Charge, at: datetime) -> None:
    """Keep a question and what came of it.

    What was kept already must not cost its asker more than to ask: the question then travels with
    the usage event, and is in PostgreSQL some seconds later. So does one that PostgreSQL does not
    take at the moment.
    """
    rider = rider_of(noted, kept, is_cached=noted.is_cached)
    if charge.user is None:
        return
    if noted.is_cached:
        charge.rider = rider
        return
    try:
        _keep(rider, row_id=_id_of(noted, kept), user_id=charge.user.pk, charge=charge, at=at)
    except DatabaseError as error:
        logger.warning("a question is kept later", error=type(error).__name__)
        charge.rider = rider


def rider_of(noted: Noted, kept: Kept, *, is_cached: bool) -> bytes:
    """Return what is kept of a question besides what the usage event says of it."""
    rider: dict[str, Any] = {
        "query_text": noted.question,
        "agent_type": noted.agent,
        "asked": noted.asked,
        "result": kept.result,
        "result_count": kept.count,
        "cached": is_cached,
    }
    return trimmed(orjson.dumps(rider))


def note_end(*, user_id: UUID, workflow_id: UUID, answer: Mapping[str, Any]) -> None:
    """Keep what came of a workflow that ran in the background, unless its asker deleted the question."""
    kept = results.kept_of("workflow", orjson.loads(FastJSONRenderer().render(answer)))
    asked = QueryHistory.objects.of(user_id).filter(pk=workflow_id)
    asked.update(result=kept.result, result_count=kept.count)


def _keep(rider: bytes, *, row_id: UUID, user_id: UUID, charge: Charge, at: datetime) -> None:
    took_ms = round((time.perf_counter() - charge.started) * 1000)
    row = {
        "id": row_id,
        "user_id": user_id,
        "execution_time_ms": took_ms,
        "created_at": at,
        "rider": orjson.Fragment(rider),
    }
    keeping.keep([orjson.dumps(row)], new=[row_id])


def _id_of(noted: Noted, kept: Kept) -> UUID:
    """Return the row's id: a workflow's is its own, so that what comes of it is found again."""
    return UUID(str(kept.result["workflow_id"])) if noted.agent == "workflow" else uuid7()
