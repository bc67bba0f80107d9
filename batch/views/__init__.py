"""Jobs and webhooks over HTTP."""

from batch.views.jobs import (
    BatchHistoryView,
    JobStatusView,
    JobsView,
    JobView,
    RetryView,
)
from batch.views.results import ResultsView
from batch.views.webhooks import DeliveriesView, RotationView, SecretView

__all__ = [
    "BatchHistoryView",
    "DeliveriesView",
    "JobStatusView",
    "JobView",
    "JobsView",
    "ResultsView",
    "RetryView",
    "RotationView",
    "SecretView",
]
