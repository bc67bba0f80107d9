"""The states of jobs and of their items, and the moves between them: here, and nowhere else.

PostgreSQL refuses all other moves (the triggers in migration 0001; a test holds the two together).
"""

from collections.abc import Mapping
from enum import StrEnum


class JobState(StrEnum):
    """How far a job is."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"  # at least one query was answered
    FAILED = "failed"  # none was
    CANCELLED = "cancelled"


class ItemState(StrEnum):
    """How far one query of a job is."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


JOB_MOVES: Mapping[JobState, frozenset[JobState]] = {
    JobState.PENDING: frozenset({JobState.RUNNING, JobState.CANCELLED}),
    JobState.RUNNING: frozenset({JobState.COMPLETED, JobState.FAILED, JobState.CANCELLED}),
    # Its failed queries are run again.
    JobState.COMPLETED: frozenset({JobState.PENDING}),
    JobState.FAILED: frozenset({JobState.PENDING}),
    JobState.CANCELLED: frozenset(),
}
ITEM_MOVES: Mapping[ItemState, frozenset[ItemState]] = {
    ItemState.PENDING: frozenset({ItemState.RUNNING, ItemState.CANCELLED}),
    ItemState.RUNNING: frozenset(
        {ItemState.PENDING, ItemState.COMPLETED, ItemState.FAILED, ItemState.CANCELLED}
    ),
    ItemState.FAILED: frozenset({ItemState.PENDING}),
    ItemState.COMPLETED: frozenset(),
    ItemState.CANCELLED: frozenset(),
}
UNFINISHED = (JobState.PENDING, JobState.RUNNING)
OPEN = (ItemState.PENDING, ItemState.RUNNING)


def outcome_of(*, completed: int) -> JobState:
    """Return how a job ended of which so many queries were answered."""
    return JobState.COMPLETED if completed else JobState.FAILED
