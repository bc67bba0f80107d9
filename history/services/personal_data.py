"""What is kept of a person's questions: to hand it out, and to take it away."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import orjson
from django.db import transaction

from accounts.models import User
from caching.services.personal_data import forget_demand
from history.models import QueryHistory
from history.services import queries
from quotas.runner import consuming

EXPORTED = 10_000  # all of them: `GET history/queries/export`
DEMAND_KEPT = timedelta(days=9)


def of_user(*, user: User) -> dict[str, Any]:
    """Return somebody's questions with what came back, for the export of all that is stored."""
    mine = QueryHistory.objects.of(user.pk)
    rows = mine.newest_first().values(
        *("id", "query_text", "agent_type", "asked", "result", "result_count"),
        *("execution_time_ms", "cached", "created_at"),
    )
    return {"queries": mine.count(), "newest_queries": [*_waiting(user), *rows[:EXPORTED]]}


def erase(*, user: User, at: datetime) -> None:
    """Take away what somebody asked, wherever it is (named in settings).

    What is in the stream of usage goes once the user is gone: the events stay, without the person,
    and what rides in them is kept by nobody.
    """
    recent = QueryHistory.objects.of(user.pk).since(at - DEMAND_KEPT)
    waiting = (one["query_text"] for one in _waiting(user))
    asked = {*recent.values_list("query_text", flat=True), *waiting}
    forget_demand(asked)
    queries.clear(user=user, at=at)
    transaction.on_commit(partial(queries.empty_stream, at=at))


def _waiting(user: User) -> list[dict[str, Any]]:
    """Return the questions that are still in the stream of usage."""
    return [orjson.loads(one.rider or b"{}") for one in consuming.riders_of(user.pk)]
