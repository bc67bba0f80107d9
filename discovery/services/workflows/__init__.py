"""Several agents in a row: read the question, find series, judge them, write a report."""

from discovery.services.workflows.keeping import (
    WorkflowUnknown,
    delete,
    find,
    keep,
    of_user,
)
from discovery.services.workflows.running import IsPassing, Outcome, StageResult, never, run
from discovery.services.workflows.stages import Order, Type

__all__ = [
    "IsPassing",
    "Order",
    "Outcome",
    "StageResult",
    "Type",
    "WorkflowUnknown",
    "delete",
    "find",
    "keep",
    "never",
    "of_user",
    "run",
]
