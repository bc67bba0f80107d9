"""Load from a process of its own: `python -m tests.performance.requests.load`.

It reads a `Task` as JSON from its input and writes a `Load` as JSON. It knows nothing of Django.
"""

import base64
import gc
import itertools
import json
import sys
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from tests.performance.requests.connections import Pool
from tests.performance.requests.summary import Load, summarise

CONNECTIONS, MOST_CONNECTIONS = 64, 256
GRACE = 2.0  # seconds that late answers are waited for
HEAD_START = 0.2
LONGEST_WAIT = 0.01


@dataclass(frozen=True, slots=True)
class Task:
    """What to send: the requests again and again, in order.

    :param rate: requests due each second; 0: each connection sends when it has its answer
    """

    port: int
    requests: Sequence[bytes]
    seconds: float
    rate: float = 0.0

    def as_json(self) -> str:
        requests = [base64.b64encode(one).decode() for one in self.requests]
        return json.dumps(
            {"port": self.port, "requests": requests, "seconds": self.seconds, "rate": self.rate}
        )

    @classmethod
    def from_json(cls, text: str) -> "Task":
        read = json.loads(text)
        read["requests"] = [base64.b64decode(one) for one in read["requests"]]
        return cls(**read)


def in_turn(task: Task) -> Load:
    """Let each of 64 clients send its next request when it has its answer."""
    pool, requests = Pool(task.port), itertools.cycle(task.requests)
    answers: list[tuple[int, float]] = []
    started = time.perf_counter()
    until = started + task.seconds
    for _ in range(CONNECTIONS):
        pool.open().send(next(requests), time.perf_counter())
    while (now := time.perf_counter()) < until:
        for connection, status in pool.answers(until - now):
            at = time.perf_counter()
            if connection.due is not None:
                answers.append((status, (at - connection.due) * 1000))
            connection.send(next(requests), at)
    pool.close()
    return summarise(answers, ages=[], seconds=now - started)


def at_rate(task: Task) -> Load:
    """Send so many requests a second, however long answers take.

    Times count from when a request was due, so what a slow server holds up is counted too.
    """
    pool, requests = Pool(task.port), itertools.cycle(task.requests)
    idle = deque(pool.open() for _ in range(CONNECTIONS))
    answers: list[tuple[int, float]] = []
    first = time.perf_counter() + HEAD_START
    total, sent = round(task.rate * task.seconds), 0
    end = first + task.seconds + GRACE
    while len(answers) < total and (now := time.perf_counter()) < end:
        due = min(total, int((now - first) * task.rate) + 1) if now >= first else 0
        while sent < due and (idle or len(pool.all) < MOST_CONNECTIONS):
            connection = idle.popleft() if idle else pool.open()
            connection.send(next(requests), first + sent / task.rate)
            sent += 1
        wait = first + sent / task.rate - now if sent < total and sent == due else LONGEST_WAIT
        for connection, status in pool.answers(min(wait, LONGEST_WAIT)):
            if connection.due is not None:
                answers.append((status, (time.perf_counter() - connection.due) * 1000))
                connection.due = None
                idle.append(connection)
    now = time.perf_counter()
    under_way = [one.due for one in pool.all.values() if one.due is not None]
    pool.close()
    due_at = [*under_way, *(first + number / task.rate for number in range(sent, total))]
    seconds = max(task.seconds, now - first)  # a server that is behind needs longer for the same
    return summarise(answers, ages=[(now - at) * 1000 for at in due_at], seconds=seconds)


if __name__ == "__main__":
    gc.disable()
    given = Task.from_json(sys.stdin.read())
    sys.stdout.write(json.dumps(asdict(at_rate(given) if given.rate else in_turn(given))))
