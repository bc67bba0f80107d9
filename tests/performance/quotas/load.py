"""Load from a process of its own. It knows nothing of Django, so that it starts quickly."""

import asyncio
import itertools
import ssl
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

SECONDS = 30
LOST = 0  # the status of a call that nobody answered
HEAD_START = 0.5
MOST_CONNECTIONS = 128  # to one server; what is due beyond waits, and its time counts


@dataclass(frozen=True, slots=True)
class Timed:
    """A call: its number among those asked, when it began and ended (`time.perf_counter`)."""

    number: int
    began: float
    ended: float
    status: int
    is_degraded: bool = False  # counted by a process alone
    retry_after: int = 0

    @property
    def milliseconds(self) -> float:
        return (self.ended - self.began) * 1000


class Connection:
    """A bare HTTP/1.1 client: what is measured is the server.

    :param tls: how to speak it, if the server does
    """

    def __init__(self, port: int, tls: ssl.SSLContext | None = None) -> None:
        self._port, self._tls = port, tls
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def send(self, number: int, request: bytes, began: float) -> Timed:
        try:
            async with asyncio.timeout(SECONDS):
                head = (await self._send(request)).lower()
        except (OSError, asyncio.IncompleteReadError, TimeoutError):
            self.close()
            return Timed(number, began, time.perf_counter(), LOST)
        return Timed(
            *(number, began, time.perf_counter(), int(head[9:12])),
            is_degraded=b"x-ratelimit-policy: degraded" in head,
            retry_after=int(_value(head, b"retry-after") or 0),
        )

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def _send(self, request: bytes) -> bytes:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port, ssl=self._tls)
        reader, writer = self._streams
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(int(_value(head.lower(), b"content-length") or 0))
        if _value(head.lower(), b"connection") == b"close":
            self.close()
        return head


def _value(head: bytes, name: bytes) -> bytes:
    return head.partition(b"\r\n" + name + b":")[2].partition(b"\r\n")[0].strip()


def at_rate(
    ports: Sequence[int],
    requests: Sequence[bytes],
    rate: float,
    seconds: float,
    tls: ssl.SSLContext | None = None,
) -> list[Timed]:
    """Send the requests in turn, so many a second, however long answers take."""
    return asyncio.run(_at_rate(ports, requests, rate, seconds, tls))


async def _at_rate(
    ports: Sequence[int],
    requests: Sequence[bytes],
    rate: float,
    seconds: float,
    tls: ssl.SSLContext | None,
) -> list[Timed]:
    idle: dict[int, list[Connection]] = {port: [] for port in ports}
    room = {port: asyncio.Semaphore(MOST_CONNECTIONS) for port in ports}
    first = time.perf_counter() + HEAD_START

    async def ask(number: int, planned: float) -> Timed:
        port = ports[number % len(ports)]
        async with room[port]:
            connection = idle[port].pop() if idle[port] else Connection(port, tls)
            answer = await connection.send(number, requests[number % len(requests)], planned)
            idle[port].append(connection)
        return answer

    asked = []
    for number in range(round(rate * seconds)):
        planned = first + number / rate
        if (wait := planned - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        asked.append(asyncio.create_task(ask(number, planned)))
    answered = await asyncio.gather(*asked)
    _close(idle.values())
    return answered


def by_clients(ports: Sequence[int], request: bytes, clients: int, total: int) -> list[Timed]:
    """Let so many clients send the same, one after the other, until it was sent so often."""
    return asyncio.run(_by_clients(ports, request, clients, total))


async def _by_clients(
    ports: Sequence[int], request: bytes, clients: int, total: int
) -> list[Timed]:
    numbers = iter(range(total))

    async def client(port: int) -> list[Timed]:
        connection = Connection(port)
        mine = [await connection.send(one, request, time.perf_counter()) for one in numbers]
        connection.close()
        return mine

    each = itertools.islice(itertools.cycle(ports), clients)
    answered = await asyncio.gather(*(client(port) for port in each))
    return [one for mine in answered for one in mine]


def patiently(ports: Sequence[int], requests: Sequence[bytes]) -> list[tuple[int, int]]:
    """Let a client for each request send it until it is refused, sleep as told, and send it again.

    Returns what each was told, and answered then.
    """
    return asyncio.run(_patiently(ports, requests))


async def _patiently(ports: Sequence[int], requests: Sequence[bytes]) -> list[tuple[int, int]]:
    async def client(number: int, request: bytes) -> tuple[int, int]:
        connection = Connection(ports[number % len(ports)])
        await asyncio.sleep(number * 0.087)
        while (answer := await connection.send(0, request, time.perf_counter())).status == 200:
            pass
        await asyncio.sleep(answer.retry_after)
        after = await connection.send(0, request, time.perf_counter())
        connection.close()
        return answer.retry_after, after.status

    return await asyncio.gather(*(client(*pair) for pair in enumerate(requests)))


def _close(idle: Iterable[list[Connection]]) -> None:
    for connection in (one for those in idle for one in those):
        connection.close()
