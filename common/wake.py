"""Telling the workers that there is something to do.

Work itself stands in PostgreSQL, and a periodic task finds what nobody was told of. So a broker
that is away costs a request neither its answer nor its time.
"""

import time
from typing import Any

import structlog
from kombu.exceptions import OperationalError

PAUSE = 2.0  # seconds without trying, after the broker did not answer

logger = structlog.get_logger(__name__)


class _Broker:
    """When the broker may be asked again."""

    again_at = 0.0


def wake(task: Any, *given: str) -> bool:
    """Send a task, and say whether it was sent."""
    if time.monotonic() < _Broker.again_at:
        return False
    try:
        task.apply_async(args=given, ignore_result=True, retry=False)
    except (OperationalError, OSError) as error:
        _Broker.again_at = time.monotonic() + PAUSE
        logger.warning("the workers could not be told", task=task.name, error=type(error).__name__)
        return False
    return True
