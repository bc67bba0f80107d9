"""Requests that were made, stored as the worker stores them."""

from datetime import datetime
from typing import Any

from accounts.models import User
from common.ids import uuid7
from quotas.events import UsageEvent
from quotas.runner import storing

SEARCH, QUERY, DATASETS = "/api/v2/agents/search", "/api/v2/agents/query", "/api/v2/datasets"


def request(user: User, at: datetime, **changed: Any) -> UsageEvent:
    given = {"endpoint": DATASETS, "method": "GET", "status_code": 200, "execution_time_ms": 7}
    return UsageEvent(
        id=uuid7(), user_id=user.pk, api_key_id=None, cost=1, created_at=at, **(given | changed)
    )


def used(user: User, *moments: datetime, **changed: Any) -> None:
    """Store a request of a user at each of these moments."""
    storing.store([request(user, at, **changed) for at in moments])
