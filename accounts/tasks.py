"""What workers do for accounts. Each is safe to run twice, and at once."""

from celery import shared_task
from django.utils import timezone

from accounts.runner import housekeeping, mail


@shared_task(ignore_result=True)
def send_mail() -> None:
    """Send what the outbox holds."""
    mail.send_due(at=timezone.now())


@shared_task(ignore_result=True)
def warn_of_expiring_keys() -> None:
    """Write a mail to whoever has a key that ends soon."""
    housekeeping.warn_of_expiring_keys(at=timezone.now())


@shared_task(ignore_result=True)
def clean_up() -> None:
    """Delete what nobody can use any more."""
    housekeeping.clean_up(at=timezone.now())
