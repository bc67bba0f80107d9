"""Jobs, their queries, and what their owners are told of them."""

from batch.models.delivery import Delivery, DeliveryQuerySet, WebhookSecret
from batch.models.item import BatchItem, BatchItemQuerySet
from batch.models.job import BatchJob, BatchJobQuerySet

__all__ = [
    "BatchItem",
    "BatchItemQuerySet",
    "BatchJob",
    "BatchJobQuerySet",
    "Delivery",
    "DeliveryQuerySet",
    "WebhookSecret",
]
