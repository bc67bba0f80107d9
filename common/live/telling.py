"""Telling the sockets of a change: from a worker or a request, whichever makes it."""

import time
from dataclasses import asdict

import structlog
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from redis.exceptions import RedisError

from common.live.state import State

PAUSE = 2.0  # seconds without trying, after Valkey did not take it

logger = structlog.get_logger(__name__)


class _Valkey:
    """When it may be asked again."""

    again_at = 0.0


def group_of(kind: str, object_id: object) -> str:
    """Return what the sockets of one object are called together."""
    return f"{kind}.{object_id}"


def tell(kind: str, object_id: object, change: State) -> bool:
    """Tell all sockets of an object of a change, and say whether that was sent.

    :param kind: what its sockets' `kind` is
    """
    if time.monotonic() < _Valkey.again_at:
        return False
    message = {"type": "live.change", "change": asdict(change)}
    try:
        async_to_sync(get_channel_layer().group_send)(group_of(kind, object_id), message)
    except (RedisError, OSError) as error:
        _Valkey.again_at = time.monotonic() + PAUSE
        logger.warning("sockets could not be told", error=type(error).__name__)
        return False
    return True
