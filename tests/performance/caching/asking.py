"""Searches from coroutines of one thread: some clients one after the other, or at a constant rate."""

import asyncio
import itertools
import json
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

SECONDS = 30
LOST = 0  # the status of a call that nobody answered


@dataclass(frozen=True, slots=True)
class Asked:
    """An answered search: when it was sent (seconds of `time.perf_counter`), how long it took."""

    question: str
    port: int
    at: float
    milliseconds: float
    status: int
    body: bytes

    @property
    def is_cached(self) -> bool:
        return b',"cached":true,' in self.body[-60:]

    @property
    def kept(self) -> bytes:
        """The body without what depends on the request."""
        return self.body.rpartition(b',"cached":')[0]


class Connection:
    """A bare HTTP/1.1 client that stays connected."""

    def __init__(self, port: int, key: str) -> None:
        self._port, self._key = port, key
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def search(self, question: str) -> Asked:
        at = time.perf_counter()
        try:
            async with asyncio.timeout(SECONDS):
                status, body = await self._post(json.dumps({"query": question}).encode())
        except (OSError, asyncio.IncompleteReadError, TimeoutError):
            self.close()
            status, body = LOST, b""
        took = (time.perf_counter() - at) * 1000
        return Asked(question, self._port, at, took, status, body)

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def _post(self, body: bytes) -> tuple[int, bytes]:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port, limit=1 << 22)
        reader, writer = self._streams
        head = (
            "POST /api/v2/agents/search HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"X-API-Key: {self._key}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        answer = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(answer.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        return int(answer[9:12]), await reader.readexactly(length)


def one_by_one(
    ports: Sequence[int], key: str, questions: Sequence[str], *, clients: int
) -> list[Asked]:
    """Let so many clients ask the questions, each its next one when it has its answer."""
    return asyncio.run(_one_by_one(ports, key, questions, clients))


def at_rate(ports: Sequence[int], key: str, questions: Sequence[str], rate: float) -> list[Asked]:
    """Ask so many questions a second, however long answers take."""
    return asyncio.run(_at_rate(ports, key, questions, rate))


def milliseconds(asked: Sequence[Asked]) -> str:
    return times([one.milliseconds for one in asked])


def times(taken: Sequence[float]) -> str:
    if len(taken) < 2:
        return "too few"
    return f"p50 {percentile(taken, 50):.2f} ms, p95 {percentile(taken, 95):.2f} ms"


def percentile(taken: Sequence[float], share: int) -> float:
    return statistics.quantiles(taken, n=100, method="inclusive")[share - 1]


async def _one_by_one(
    ports: Sequence[int], key: str, questions: Sequence[str], clients: int
) -> list[Asked]:
    left = iter(questions)
    asked: list[Asked] = []

    async def client(port: int) -> None:
        connection = Connection(port, key)
        for question in left:
            asked.append(await connection.search(question))  # noqa: PERF401 (one list for all)
        connection.close()

    await asyncio.gather(
        *(client(port) for port in itertools.islice(itertools.cycle(ports), clients))
    )
    return asked


async def _at_rate(
    ports: Sequence[int], key: str, questions: Sequence[str], rate: float
) -> list[Asked]:
    idle: dict[int, list[Connection]] = {port: [] for port in ports}
    first = time.perf_counter()

    async def ask(question: str, port: int) -> Asked:
        connection = idle[port].pop() if idle[port] else Connection(port, key)
        asked = await connection.search(question)
        idle[port].append(connection)
        return asked

    tasks = []
    for number, question in enumerate(questions):
        await asyncio.sleep(max(0.0, first + number / rate - time.perf_counter()))
        tasks.append(asyncio.create_task(ask(question, ports[number % len(ports)])))
    answered = await asyncio.gather(*tasks)
    for connection in (one for those in idle.values() for one in those):
        connection.close()
    return answered
