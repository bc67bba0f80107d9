"""What workers do for quotas. Each is safe to run twice, and at once."""

from celery import shared_task
from django.utils import timezone

from quotas.runner import consuming, housekeeping


@shared_task(ignore_result=True)
def consume_usage() -> None:
    """Store the usage that waits in the stream."""
    consuming.consume(at=timezone.now())


@shared_task(ignore_result=True)
def turn_months() -> None:
    """Make the next month's partition, and drop those that are kept no longer."""
    housekeeping.turn_months(at=timezone.now())
