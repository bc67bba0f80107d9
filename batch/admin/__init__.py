"""Jobs for staff: how they do, and what can be done about it. What was asked is its owner's alone."""

from batch.admin.jobs import BatchItemAdmin, BatchJobAdmin
from batch.admin.webhooks import DeliveryAdmin

__all__ = ["BatchItemAdmin", "BatchJobAdmin", "DeliveryAdmin"]
