"""People who follow a batch job over a socket, one after the other: what `live` has to do all the while."""

import asyncio
import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from tests.performance.accounts.report import Row
from tests.performance.endurance.mix import JOBS
from tests.performance.endurance.site import Site

PEOPLE, PAUSE = 5, 0.5  # seconds between two sockets of one of them
LONGEST = 60.0  # seconds that a socket may be open
MOST_FAILED = 0.001


@dataclass(slots=True)
class Followed:
    """How many sockets were followed to their end, and how many were not."""

    whole: int = 0
    failed: int = 0

    def row(self) -> Row:
        total = self.whole + self.failed
        return Row(
            "sockets on which a batch job was followed to its end",
            f"{self.whole:,} of {total:,}",
            f"{1 - MOST_FAILED:.1%}",
            total > 0 and self.failed <= MOST_FAILED * total,
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
    asked = http.client.HTTPConnection("127.0.0.1", site.port, timeout=30)
    body = json.dumps({"workflow_type": "simple_search", "queries": site.questions[:1]})
    asked.request("POST", JOBS, body, {**site.keys[0], "Content-Type": "application/json"})
    answer = asked.getresponse()
    told = json.loads(answer.read())
    asked.close()
    if answer.status != http.client.ACCEPTED:
        raise RuntimeError(f"The job to follow was not taken: {told}")
    return str(told["id"])


async def _follow(
    url: str, headers: dict[str, str], counted: Followed, is_over: threading.Event
) -> None:
    async def again_and_again() -> None:
        while not is_over.is_set():
            try:
                async with (
                    asyncio.timeout(LONGEST),
                    connect(url, additional_headers=headers) as socket,
                ):
                    said = [json.loads(text)["type"] async for text in socket]
            except (OSError, TimeoutError, WebSocketException):
                said = []
            counted.whole += "complete" in said
            counted.failed += "complete" not in said
            await asyncio.sleep(PAUSE)

    await asyncio.gather(*(again_and_again() for _ in range(PEOPLE)))
