"""Telling the sockets of a change: from a worker or a request, whichever makes it."""

import asyncio
import os
import threading
import time
from concurrent.futures import TimeoutError as TookTooLong
from dataclasses import asdict
from functools import cache
from typing import Any

import structlog
from channels.layers import get_channel_layer
from redis.exceptions import RedisError

from common.live.state import State

PATIENCE = 0.5  # seconds
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
    sent = asyncio.run_coroutine_threadsafe(
        _send(group_of(kind, object_id), message), _loop_of(os.getpid())
    )
    try:
        sent.result(PATIENCE)
    except (RedisError, OSError, TookTooLong) as error:
        sent.cancel()
        _Valkey.again_at = time.monotonic() + PAUSE
        logger.warning("sockets could not be told", error=type(error).__name__)
        return False
    return True


async def _send(group: str, message: dict[str, Any]) -> None:
    await get_channel_layer().group_send(group, message)


@cache
def _loop_of(_: int) -> asyncio.AbstractEventLoop:
    """Return the loop in which a process tells: the layer keeps a connection for each loop."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="live-telling", daemon=True).start()
    return loop
