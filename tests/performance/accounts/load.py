"""Load from a process of its own. It knows nothing of Django, so that it starts quickly."""

import asyncio
import itertools
import json
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass

from tests.performance.accounts.calls import address

LOST = 0  # the status of a call that nobody answered
RETRY_AFTER = re.compile(rb"retry-after: *([0-9]+)")  # of headers in lower case
SECONDS = 30
HEAD_START = 0.2  # seconds until the first search, for the connections


@dataclass(frozen=True, slots=True)
class Timed:
    """A call: when it began (seconds of `time.perf_counter`), how long it took, its answer."""

    at: float
    milliseconds: float
    status: int


class Connection:
    """A bare HTTP/1.1 client: what is measured is the server."""

    def __init__(self, port: int) -> None:
        self.told_to_wait = 0.0  # seconds, by the latest answer
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, path: str, body: dict[str, object], headers: dict[str, str]) -> int:
        """Return the status."""
        try:
            async with asyncio.timeout(SECONDS):
                return await self._post(path, json.dumps(body).encode(), headers)
        except (OSError, asyncio.IncompleteReadError, TimeoutError):
            self.close()
            return LOST

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def _post(self, path: str, body: bytes, headers: dict[str, str]) -> int:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        given = {"Host": "127.0.0.1", "Content-Type": "application/json", **headers}
        lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in given.items())]
        lines += [f"Content-Length: {len(body)}", "", ""]
        writer.write("\r\n".join(lines).encode() + body)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        wait = RETRY_AFTER.search(head)
        self.told_to_wait = float(wait[1]) if wait else 0.0
        length = int(head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        await reader.readexactly(length)
        return int(head[9:12])


def search_at_rate(
    ports: Sequence[int], key: str, questions: Sequence[str], rate: float
) -> list[Timed]:
    """Ask so many questions a second, however long answers take; times count from the plan."""
    return asyncio.run(_search_at_rate(ports, key, questions, rate))


async def _search_at_rate(
    ports: Sequence[int], key: str, questions: Sequence[str], rate: float
) -> list[Timed]:
    idle: dict[int, list[Connection]] = {port: [] for port in ports}
    first = time.perf_counter() + HEAD_START

    async def ask(question: str, port: int, planned: float) -> Timed:
        connection = idle[port].pop() if idle[port] else Connection(port)
        body: dict[str, object] = {"query": question}
        status = await connection.post("/api/v2/agents/search", body, {"X-API-Key": key})
        idle[port].append(connection)
        return Timed(planned, (time.perf_counter() - planned) * 1000, status)

    asked = []
    for number, question in enumerate(questions):
        planned = first + number / rate
        await asyncio.sleep(max(0.0, planned - time.perf_counter()))
        asked.append(asyncio.create_task(ask(question, ports[number % len(ports)], planned)))
    answered = await asyncio.gather(*asked)
    for connection in (one for those in idle.values() for one in those):
        connection.close()
    return answered


def sign_in_constantly(
    ports: Sequence[int], emails: Sequence[str], addresses: range, seconds: float, *, obeys: bool
) -> list[Timed]:
    """Let a client for each address of mail try wrong passwords, one after the other.

    Each attempt comes from an IP address of its own.

    :param obeys: whether a client that was turned away waits for as long as it was told
    """
    return asyncio.run(_sign_in_constantly(ports, emails, addresses, seconds, obeys=obeys))


async def _sign_in_constantly(
    ports: Sequence[int], emails: Sequence[str], addresses: range, seconds: float, *, obeys: bool
) -> list[Timed]:
    left = iter(addresses)
    until = time.perf_counter() + seconds
    tried: list[Timed] = []

    async def client(email: str, port: int) -> None:
        connection = Connection(port)
        while (started := time.perf_counter()) < until:
            headers = {"X-Forwarded-For": address(next(left))}
            body: dict[str, object] = {"email": email, "password": "eight orange geese"}
            status = await connection.post("/api/v2/auth/login", body, headers)
            tried.append(Timed(started, (time.perf_counter() - started) * 1000, status))
            if obeys:
                await asyncio.sleep(connection.told_to_wait)
        connection.close()

    each = zip(emails, itertools.cycle(ports), strict=False)
    await asyncio.gather(*(client(email, port) for email, port in each))
    return tried
