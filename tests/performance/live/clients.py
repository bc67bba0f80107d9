"""Clients of `live`, and who tells them of changes: each in a process of its own."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import orjson
from websockets.asyncio.client import ClientConnection, connect

OPENING_AT_ONCE = 20
LATE = 5.0  # seconds after the last change in which clients still listen


def listen(url: str, paths: Sequence[str], key: str, seconds: float) -> dict[str, Any]:
    """Open a socket for each path, and listen.

    Returns how long it took to open all, in seconds, how many were lost, and for each change how late it
    was, in milliseconds.
    """
    return asyncio.run(_listen(url, paths, key, seconds))


async def _listen(url: str, paths: Sequence[str], key: str, seconds: float) -> dict[str, Any]:
    room, late = asyncio.Semaphore(OPENING_AT_ONCE), list[float]()
    started = time.perf_counter()
    headers = {"X-API-Key": key}

    async def opened(path: str) -> ClientConnection:
        async with room:
            socket = await connect(
                url + path, additional_headers=headers, open_timeout=60, ping_interval=None
            )
            await socket.recv()  # the state
            return socket

    async def follow(socket: ClientConnection) -> None:
        async for text in socket:
            told = orjson.loads(text)
            if "sent_at" in told:
                late.append((time.time() - told["sent_at"]) * 1000)

    sockets = await asyncio.gather(*(opened(path) for path in paths))
    opening = time.perf_counter() - started
    following = [asyncio.create_task(follow(socket)) for socket in sockets]
    await asyncio.sleep(seconds + LATE)
    lost = sum(task.done() for task in following)
    await asyncio.gather(*(socket.close() for socket in sockets))
    return {"opening": opening, "lost": lost, "late": late}


def tell(ids: Sequence[str], kind: str, *, begins_at: float, seconds: int) -> int:
    """Tell of a change of each object every second, spread over the second; return how many were told."""
    import django  # noqa: PLC0415 (in a process of its own)

    django.setup()
    from channels.layers import get_channel_layer  # noqa: PLC0415

    from common.live.telling import group_of  # noqa: PLC0415

    async def run() -> int:
        layer: Any = get_channel_layer()
        count = 0
        for number in range(seconds * len(ids)):
            due = begins_at + number / len(ids)
            if (wait := due - time.time()) > 0:
                await asyncio.sleep(wait)
            change = {
                "version": 10_000_000 + number,
                "messages": [{"type": "progress", "sent_at": time.time()}],
            }
            group = group_of(kind, ids[number % len(ids)])
            await layer.group_send(group, {"type": "live.change", "change": change})
            count += 1
        await layer.flush()
        return count

    return asyncio.run(run())
