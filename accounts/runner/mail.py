"""Sending what the outbox holds."""

from datetime import datetime


def send_due(*, at: datetime) -> None:
    """Send each mail that is due."""
