"""Mixed load from a process of its own: `python -m tests.performance.endurance.generator`.

It reads a `Plan` as JSON from its input, and writes each `Span` as a line of JSON when all its requests have
come to something. It knows nothing of Django, and keeps no answer: it can go on for days.
"""

import base64
import gc
import heapq
import itertools
import json
import random
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tests.performance.endurance.spans import Outcome, Span
from tests.performance.requests.connections import LOST, Connection, Pool

NUMBER = b"@@@@@@@@"  # in a request: another number each time, of as many digits
CONNECTIONS, MOST_CONNECTIONS = 64, 1_500
AT_A_TURN = 64  # requests that are sent before answers are looked for again
PATIENCE = 1.0  # seconds that a request may wait to be sent
TIMEOUT = 15.0  # seconds without an answer after which nobody waits any longer
LOOK_EVERY = 1.0
HEAD_START, LONGEST_WAIT = 0.5, 0.01
Tell = Callable[[Span], None]


@dataclass(frozen=True, slots=True)
class Route:
    """One kind of request.

    :param share: of all requests, in percent
    :param expected: statuses that are right
    """

    name: str
    share: float
    expected: Sequence[int]
    requests: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Phase:
    """Seconds in which so many requests a second are due, on average."""

    rate: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Plan:
    """What to send, phase after phase. `every` is how many seconds a span has."""

    port: int
    routes: Sequence[Route]
    phases: Sequence[Phase]
    every: float

    def as_json(self) -> str:
        return json.dumps(asdict(self), default=lambda one: base64.b64encode(one).decode())

    @classmethod
    def from_json(cls, text: str) -> "Plan":
        read = json.loads(text)
        for one in read["routes"]:
            one["requests"] = [base64.b64decode(text) for text in one["requests"]]
        routes = [Route(**one) for one in read["routes"]]
        return cls(read["port"], routes, [Phase(**one) for one in read["phases"]], read["every"])

    @property
    def seconds(self) -> float:
        return sum(one.seconds for one in self.phases)


def arrivals(phases: Sequence[Phase], chance: random.Random) -> Iterator[float]:
    """Yield when requests are due: each by itself, as those of many people are (Poisson)."""
    began = 0.0
    for phase in phases:
        at, began = began, began + phase.seconds
        while (at := at + chance.expovariate(phase.rate)) < began:
            yield at


class Lines(Pool):
    """Connections that are not opened anew when they break: the next request opens another."""

    def lost(self, number: int) -> None:
        self._poll.unregister(number)
        self.all.pop(number).socket.close()


@dataclass(slots=True)
class Sent:
    """A request that is under way: when it was due and sent, in seconds since the beginning."""

    route: Route
    due: float
    sent: float


class Generator:
    """Sends what is due, whatever comes of it."""

    def __init__(self, plan: Plan, tell: Tell) -> None:
        self._plan, self._tell = plan, tell
        self._chance = random.Random("mixed")  # noqa: S311 (no secret)
        self._weights = list(itertools.accumulate(one.share for one in plan.routes))
        self._numbers = itertools.count(time.time_ns() // 1_000_000 % 90_000_000)
        self._lines = Lines(plan.port)
        # With when each was free: the beginning, for those that are opened before it.
        self._idle = deque((self._lines.open(), 0.0) for _ in range(CONNECTIONS))
        self._under_way: dict[Connection, Sent] = {}
        self._spans: dict[int, Span] = {}
        self._waiting: dict[int, int] = {}  # how many of a span have come to nothing yet
        self._told = self._looked = 0.0
        self._worked = time.process_time()
        self._began = time.perf_counter() + HEAD_START

    def run(self) -> None:
        arriving = arrivals(self._plan.phases, self._chance)
        due = next(arriving, None)
        while due is not None or self._under_way:
            for _ in range(AT_A_TURN):
                if due is None or due > self._now() or not self._begin(due):
                    break
                due = next(arriving, None)
            self._receive(LONGEST_WAIT if due is None else due - self._now())
            self._look(self._now() if due is None else due)
        self._look(self._plan.seconds)
        self._lines.close()

    def _now(self) -> float:
        return time.perf_counter() - self._began

    def _begin(self, due: float) -> bool:
        """Send a request, or give it up; False if it can wait for a connection a little longer."""
        now = self._now()
        if now - due > PATIENCE:
            self._span(due).unsent += 1
            return True
        if not self._idle and len(self._lines.all) >= MOST_CONNECTIONS:
            return False
        route = self._chance.choices(self._plan.routes, cum_weights=self._weights)[0]
        request = self._chance.choice(route.requests)
        if NUMBER in request:
            request = request.replace(NUMBER, b"%08d" % next(self._numbers))
        self._send(Sent(route, due, now), request)
        return True

    def _send(self, sent: Sent, request: bytes) -> None:
        span, number = self._span(sent.due), self._place(sent.due)
        self._waiting[number] = self._waiting.get(number, 0) + 1
        try:
            connection, free_since = (
                self._idle.popleft() if self._idle else (self._lines.open(), sent.due)
            )
            # For a connection that was not free any sooner, the server let it wait.
            span.late.add((sent.sent - max(sent.due, free_since)) * 1000)
            connection.send(request, sent.due)
        except OSError:
            self._count(sent, LOST, is_told=False)
        else:
            self._under_way[connection] = sent

    def _receive(self, wait: float) -> None:
        for connection, status in self._lines.answers(min(wait, LONGEST_WAIT)):
            if status == LOST:
                self._forget_idle(connection)
            sent = self._under_way.pop(connection, None)
            if sent is not None:
                is_told = status == LOST or b"\r\nretry-after:" in connection.head.lower()
                self._count(sent, status, is_told=is_told)
                if status != LOST:
                    self._idle.append((connection, self._now()))

    def _forget_idle(self, connection: Connection) -> None:
        if connection not in self._under_way:
            self._idle = deque(one for one in self._idle if one[0] is not connection)

    def _count(self, sent: Sent, status: int, *, is_told: bool) -> None:
        now = self._now()
        outcome = self._span(sent.due).routes.setdefault(sent.route.name, Outcome())
        waited, took = (now - sent.due) * 1000, (now - sent.sent) * 1000
        outcome.note(status, sent.route.expected, waited=waited, took=took, is_told=is_told)
        self._waiting[self._place(sent.due)] -= 1

    def _place(self, due: float) -> int:
        return int(due / self._plan.every)

    def _span(self, due: float) -> Span:
        number = self._place(due)
        if number not in self._spans:
            began = number * self._plan.every
            seconds = min(self._plan.every, self._plan.seconds - began)
            self._spans[number] = Span(began, seconds)
        return self._spans[number]

    def _look(self, due: float) -> None:
        """Now and then give up what takes too long; tell of spans in which all is over."""
        now = self._now()
        if now - self._looked < LOOK_EVERY and self._under_way:
            return
        self._looked = now
        for connection, sent in list(self._under_way.items()):
            if now - sent.sent > TIMEOUT:
                self._lines.lost(connection.socket.fileno())
                self._count(self._under_way.pop(connection), LOST, is_told=True)
        for number in heapq.nsmallest(len(self._spans), self._spans):
            if self._spans[number].ended <= due and not self._waiting.get(number):
                self._tell_of(self._spans.pop(number), now)
                self._waiting.pop(number, None)

    def _tell_of(self, span: Span, now: float) -> None:
        worked = time.process_time()
        span.busy = (worked - self._worked) / max(0.001, now - self._told)
        self._worked, self._told = worked, now
        self._tell(span)


def write(span: Span) -> None:
    sys.stdout.write(json.dumps(span.as_json()) + "\n")
    sys.stdout.flush()


def main() -> None:
    gc.disable()
    Generator(Plan.from_json(sys.stdin.read()), write).run()


def read(line: str) -> Span:
    found: dict[str, Any] = json.loads(line)
    return Span.from_json(found)


if __name__ == "__main__":
    main()
