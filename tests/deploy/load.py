"""`python -m tests.deploy.load PORT RATE CERTIFICATE KEY...`: asks until it is told to stop, and tells what came of it.

Knows nothing of Django. Says so when everything has been asked once, and at the end, for each request: when it was due
(seconds since 1970), the status (0: nobody answered), how many milliseconds it took, and whether it was sent twice: a
kept connection that is closed before a byte of the answer came is no failure for any client.
"""

import asyncio
import itertools
import json
import random
import signal
import ssl
import sys
import time
from collections.abc import Sequence

from tests.performance.quotas.load import LOST, Connection
from tests.performance.requests.subjects import raw

QUESTIONS = ("breast cancer", "asthma", "melanoma RNA-seq", "liver cancer in mouse", "lupus")
Asked = tuple[float, int, float, bool]
MOST = 200  # connections; what is due beyond waits, and its time counts


def requests(keys: Sequence[str]) -> list[bytes]:
    """Return what these people ask, each searches, lists, a page and a write, in an order that is always the same."""
    asked = [request for key in keys for request in _of_one(key)]
    random.Random(1).shuffle(asked)  # noqa: S311 (no secret)
    return asked


def _of_one(key: str) -> list[bytes]:
    headers = {"X-API-Key": key}
    asked = []
    for question in QUESTIONS:
        body = {"query": question, "max_results": 5}
        asked += [raw("POST", "/api/v2/agents/search", headers, body)] * 3
        asked += [raw("GET", "/api/v2/datasets?page_size=1", headers)]
    return [
        *asked,
        raw("GET", "/", {}),
        raw("PATCH", "/api/v2/auth/me", headers, {"full_name": "Ada"}),
    ]


async def ask(port: int, rate: float, tls: ssl.SSLContext, keys: Sequence[str]) -> list[Asked]:
    is_over = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, is_over.set)
    idle: list[Connection] = []
    room = asyncio.Semaphore(MOST)
    found: list[Asked] = []

    async def one(number: int, request: bytes, planned: float, at: float) -> None:
        async with room:
            is_kept = bool(idle)
            connection = idle.pop() if is_kept else Connection(port, tls)
            answer = await connection.send(number, request, planned)
            if is_twice := is_kept and answer.status == LOST:
                answer = await connection.send(number, request, planned)
            idle.append(connection)
        found.append((at, answer.status, answer.milliseconds, is_twice))

    first = Connection(port, tls)
    for request in requests(keys):  # what a site has answered all day
        await first.send(0, request, time.perf_counter())
    idle.append(first)
    sys.stdout.write("asking\n")
    sys.stdout.flush()
    tasks = set()
    began, began_at = time.perf_counter(), time.time()
    for number, request in enumerate(itertools.cycle(requests(keys))):
        planned = began + number / rate
        if (wait := planned - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        if is_over.is_set():
            break
        task = asyncio.create_task(one(number, request, planned, began_at + number / rate))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    await asyncio.gather(*tasks)
    return found


if __name__ == "__main__":
    context = ssl.create_default_context(cafile=sys.argv[3])
    json.dump(
        asyncio.run(ask(int(sys.argv[1]), float(sys.argv[2]), context, sys.argv[4:])), sys.stdout
    )
