"""People who follow a batch job over a socket, one after the other: what `live` has to do all the while."""

import asyncio
import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from tests.performance.accounts.report import Row
from tests.performance.endurance.mix import JOBS
from tests.performance.endurance.site import Site

PEOPLE, PAUSE = 5, 0.5  # seconds between two sockets of one of them
TRIES = 20
LONGEST = 60.0  # seconds that a socket may be open
MOST_FAILED = 0.001


@dataclass(slots=True)
class Followed:
    """How many sockets were followed to their end, and why others were not."""

    whole: int = 0
    failed: Counter[str] = field(default_factory=Counter)

    def row(self) -> Row:
        failed = self.failed.total()
        total = self.whole + failed
        why = "".join(f"; {count} × {reason}" for reason, count in self.failed.items())
        return Row(
            "sockets on which a batch job was followed to its end",
            f"{self.whole:,} of {total:,}{why}",
            f"≥ {1 - MOST_FAILED:.1%}",
            total > 0 and failed <= MOST_FAILED * total,
        )


@contextmanager
def followed(site: Site) -> Iterator[Followed]:
    """Let people open a socket on a job, hear of its end, and come again, while the block runs."""
    counted, is_over = Followed(), threading.Event()
    url = f"ws://127.0.0.1:{site.live_port}/ws/batch/{_job(site)}"
    thread = threading.Thread(
        target=lambda: asyncio.run(_follow(url, dict(site.keys[0]), counted, is_over))
    )
    thread.start()
    try:
        yield counted
    finally:
        is_over.set()
        thread.join()


def _job(site: Site) -> str:
    """Send a job; who is told that there is too much to do at the moment asks again in a second, as everybody should."""
    for _ in range(TRIES):
        status, told = _sent(site)
        if status == http.client.ACCEPTED:
            return str(told["id"])
        if status != http.client.SERVICE_UNAVAILABLE:
            break
        time.sleep(1)
    raise RuntimeError(f"The job to follow was not taken: {told}")


def _sent(site: Site) -> tuple[int, dict[str, Any]]:
    asked = http.client.HTTPConnection("127.0.0.1", site.port, timeout=30)
    body = json.dumps({"workflow_type": "simple_search", "queries": site.questions[:1]})
    asked.request("POST", JOBS, body, {**site.keys[0], "Content-Type": "application/json"})
    answer = asked.getresponse()
    told: dict[str, Any] = json.loads(answer.read())
    asked.close()
    return answer.status, told


async def _follow(
    url: str, headers: dict[str, str], counted: Followed, is_over: threading.Event
) -> None:
    async def again_and_again() -> None:
        while not is_over.is_set():
            if reason := await _why_not_whole(url, headers):
                counted.failed[reason] += 1
            else:
                counted.whole += 1
            await asyncio.sleep(PAUSE)

    await asyncio.gather(*(again_and_again() for _ in range(PEOPLE)))


async def _why_not_whole(url: str, headers: dict[str, str]) -> str:
    """Follow the job to its end; return what came between, or nothing."""
    said = []
    try:
        async with (
            asyncio.timeout(LONGEST),
            connect(url, additional_headers=headers) as socket,
        ):
            said = [json.loads(text)["type"] async for text in socket]
    except (OSError, TimeoutError, WebSocketException) as error:
        return type(error).__name__
    return "" if "complete" in said else "closed before its end"
