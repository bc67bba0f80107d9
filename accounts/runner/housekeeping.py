"""Warning of what ends, deleting what is over."""

from datetime import datetime


def warn_of_expiring_keys(*, at: datetime) -> None:
    """Write to the owners."""


def clean_up(*, at: datetime) -> None:
    """Delete it."""
