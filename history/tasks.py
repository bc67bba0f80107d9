"""What workers do for the history. Each is safe to run twice, and at once."""

from celery import shared_task
from django.utils import timezone

from history.runner import housekeeping


@shared_task(ignore_result=True)
def turn_months() -> None:
    """Make the months to come, and drop those that nobody keeps any longer."""
    housekeeping.turn_months(at=timezone.now())


@shared_task(ignore_result=True)
def forget_old() -> None:
    """Delete the questions that are older than their askers' tiers keep them."""
    housekeeping.forget_old(at=timezone.now())
