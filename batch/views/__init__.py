"""Jobs and webhooks over HTTP."""

from batch.views.jobs import (
    BatchHistoryView,
    JobStatusView,
    JobsView,
    JobView,
    RetryView,
)
from batch.views.results import ResultsView, ResultView
from batch.views.webhooks import DeliveriesView, RotationView, SecretView
from batch.views.workflows import ExecuteView, WorkflowView

__all__ = [
    "BatchHistoryView",
    "DeliveriesView",
    "ExecuteView",
    "JobStatusView",
    "JobView",
    "JobsView",
    "ResultView",
    "ResultsView",
    "RetryView",
    "RotationView",
    "SecretView",
    "WorkflowView",
]
