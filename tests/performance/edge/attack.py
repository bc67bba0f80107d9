"""Many connections that do nothing, or hardly anything: a process of its own, of the standard library.

`python attack.py KIND PORT SECONDS [CERTIFICATE]` prints a line when all are open, and at the end, as JSON, how many
were opened, how many the server closed and after how many seconds at most.
"""

import asyncio
import json
import socket
import ssl
import sys
import time
from dataclasses import dataclass

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
    "file": (HEAD.format("GET /static/large.bin") + "\r\n", ""),
    "stream": (HEAD.format("GET /static/vendor/chart.js") + "\r\n", ""),
    "idle": (HEAD.format("GET /health/live") + "\r\n", ""),
}
UNREAD = ("file", "stream")
LITTLE = 4096  # bytes that the kernel keeps for them; without a limit it keeps megabytes
PATIENCE = 30.0
ESTABLISHED = 1  # of TCP_INFO
OK = b"HTTP/1.1 200"


@dataclass(frozen=True, slots=True)
class Quiet:
    """A connection whose answer has begun, and is not read."""

    began: float
    socket: socket.socket

    async def lasts(self, until: float) -> float:
        """Return after how many seconds it was closed; -1 if it was not."""
        with self.socket:
            while time.monotonic() < until:
                if self.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] != ESTABLISHED:
                    return time.monotonic() - self.began
                await asyncio.sleep(0.2)
        return -1


@dataclass(frozen=True, slots=True)
class Slow:
    """A connection that says hardly anything, each second again."""

    began: float
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    again: bytes

    async def lasts(self, until: float) -> float:
        """Return after how many seconds it was closed; -1 if it was not."""
        try:
            while time.monotonic() < until:
                try:
                    async with asyncio.timeout(1):
                        if not await self.reader.read(65536):
                            return time.monotonic() - self.began
                except TimeoutError:
                    self.writer.write(self.again)
        except OSError:
            return time.monotonic() - self.began
        finally:
            self.writer.transport.abort()
        return -1


async def attack(kind: str, port: int, seconds: float, tls: ssl.SSLContext | None) -> None:
    room = asyncio.Semaphore(OPENING_AT_ONCE)
    opening = [opened(number, kind, port, room, tls) for number in range(CONNECTIONS)]
    held = [one for one in await asyncio.gather(*opening) if one]
    sys.stdout.write("all are open\n")
    sys.stdout.flush()
    until = time.monotonic() + seconds
    closed = [one for one in await asyncio.gather(*[one.lasts(until) for one in held]) if one >= 0]
    told = {"opened": len(held), "closed": len(closed), "after": max(closed, default=0)}
    json.dump(told, sys.stdout)


async def opened(
    number: int, kind: str, port: int, room: asyncio.Semaphore, tls: ssl.SSLContext | None
) -> Quiet | Slow | None:
    """Open a connection and say the first of it; None if it was refused."""
    first, again = KINDS[kind]
    local = (f"127.0.1.{number % ADDRESSES + 1}", 0)
    try:
        async with room:
            if kind in UNREAD:
                return await asyncio.to_thread(asked, first, port, local, tls)
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", port, ssl=tls, local_addr=local
            )
        writer.write(first.encode())
        return Slow(time.monotonic(), reader, writer, again.encode())
    except OSError:
        return None


def asked(first: str, port: int, local: tuple[str, int], tls: ssl.SSLContext | None) -> Quiet:
    """Ask for much on a connection that has room for little; return once the answer begins."""
    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, LITTLE)
    plain.settimeout(PATIENCE)
    plain.bind(local)
    plain.connect(("127.0.0.1", port))
    connection = tls.wrap_socket(plain, server_hostname="localhost") if tls else plain
    connection.sendall(first.encode())
    if connection.recv(len(OK)) != OK:
        raise ConnectionError("another answer than was to be left unread")
    return Quiet(time.monotonic(), connection)


if __name__ == "__main__":
    context = None
    if len(sys.argv) > 4:
        context = ssl.create_default_context(cafile=sys.argv[4])
        context.check_hostname = False
    asyncio.run(attack(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), context))
