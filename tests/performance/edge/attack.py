"""Many connections that do nothing, or hardly anything: a process of its own, of the standard library.

`python attack.py KIND PORT SECONDS [CERTIFICATE]` prints, as JSON, how many were opened, how many the server
closed and after how many seconds at most.
"""

import asyncio
import json
import ssl
import sys
import time

CONNECTIONS = 500
ADDRESSES = 10  # that they come from
OPENING_AT_ONCE = 50
HEAD = "{} HTTP/1.1\r\nHost: localhost\r\n"
BODY = HEAD.format("POST /api/v2/agents/search") + "Content-Length: 1000\r\n\r\n"
# What each says at first, and then again and again.
KINDS = {
    "header": (HEAD.format("GET /") + "X-Slow: ", "a"),
    "body": (BODY, ""),
    "drip": (BODY, "a"),
    "read": (HEAD.format("GET /api/schema") + "\r\n", ""),
    "idle": (HEAD.format("GET /health/live") + "\r\n", ""),
}


async def attack(kind: str, port: int, seconds: float, tls: ssl.SSLContext | None) -> None:
    room = asyncio.Semaphore(OPENING_AT_ONCE)
    jobs = [one(number, kind, port, seconds, room, tls) for number in range(CONNECTIONS)]
    lasted = await asyncio.gather(*jobs)
    opened = [one for one in lasted if one is not None]
    closed = [one for one in opened if one >= 0]
    told = {"opened": len(opened), "closed": len(closed), "after": max(closed, default=0)}
    json.dump(told, sys.stdout)


async def one(
    number: int,
    kind: str,
    port: int,
    seconds: float,
    room: asyncio.Semaphore,
    tls: ssl.SSLContext | None,
) -> float | None:
    """Return after how many seconds it was closed; -1 if it was not, None if it was never open."""
    first, again = KINDS[kind]
    try:
        async with room:
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", port, ssl=tls, local_addr=(f"127.0.1.{number % ADDRESSES + 1}", 0)
            )
        began = time.monotonic()
        writer.write(first.encode())
        if kind == "read":
            writer.transport.pause_reading()
            await asyncio.sleep(seconds)
            return -1
        return await ended(reader, writer, again.encode(), began, began + seconds)
    except OSError:
        return None


async def ended(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    again: bytes,
    began: float,
    until: float,
) -> float:
    try:
        while time.monotonic() < until:
            try:
                async with asyncio.timeout(1):
                    if not await reader.read(65536):
                        return time.monotonic() - began
            except TimeoutError:
                writer.write(again)
    except OSError:
        return time.monotonic() - began
    finally:
        writer.transport.abort()
    return -1


if __name__ == "__main__":
    context = None
    if len(sys.argv) > 4:
        context = ssl.create_default_context(cafile=sys.argv[4])
        context.check_hostname = False
    asyncio.run(attack(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), context))
