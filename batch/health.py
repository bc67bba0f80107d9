"""Whether somebody works on batch jobs, for /health (named in settings)."""

from batch.queue import look
from monitoring.health import Check

PATIENCE = 120.0  # seconds that work may wait although nobody works at all


def batch() -> Check:
    """Report down if work waits and nobody has any in hand: the workers of the queue are gone."""
    queue = look()
    if queue.due and not queue.workers and queue.oldest > PATIENCE:
        return Check("down", f"{queue.due} queries wait, and nobody works on them")
    return Check("ok", "")
