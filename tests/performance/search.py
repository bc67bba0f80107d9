"""How long `agents/search` takes over HTTP: warm server, no cache, every question new."""

import http.client
import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.performance.kept import Ratio

QUESTIONS = 200
WARM_UP = 20
REPETITIONS = 3


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds of the calls of one kind, over all repetitions."""

    name: str
    milliseconds: Sequence[float]

    def percentile(self, share: int) -> float:
        return statistics.quantiles(self.milliseconds, n=100, method="inclusive")[share - 1]


def ratios(times: Sequence[Times]) -> list[tuple[str, Ratio]]:
    """Return how many times a bare view, which comes first, each call takes: p50 of each repetition."""
    bare, *others = [(one.name, _middles(one)) for one in times]
    return [
        (name, Ratio.of([one / beside for one, beside in zip(middles, bare[1], strict=True)]))
        for name, middles in others
    ]


def _middles(times: Times) -> list[float]:
    size = len(times.milliseconds) // REPETITIONS
    starts = range(0, size * REPETITIONS, size)
    return [statistics.median(times.milliseconds[at : at + size]) for at in starts]


class Client:
    """One connection that is kept open, as a client library does."""

    def __init__(self, *, port: int, key: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers = {"X-API-Key": key, "Content-Type": "application/json"}

    def post(self, path: str, body: dict[str, object]) -> float:
        return self._call("POST", path, json.dumps(body))

    def get(self, path: str) -> float:
        return self._call("GET", path, None)

    def _call(self, method: str, path: str, body: str | None) -> float:
        """Return the milliseconds that the call took; anything but 200 ends the measurement."""
        started = time.perf_counter()
        self._connection.request(method, path, body, self._headers)
        response = self._connection.getresponse()
        answer = response.read()
        took = (time.perf_counter() - started) * 1000
        if response.status != http.HTTPStatus.OK:
            raise RuntimeError(f"{method} {path} answered {response.status}: {answer[:300]!r}")
        return took


def measure(client: Client, questions: Sequence[str]) -> list[Times]:
    """Time searches by mode beside a view that does nothing, in turn, after warming up."""
    calls: dict[str, Callable[[str], float]] = {
        "bare view (`health/live`)": lambda _: client.get("/health/live"),
        **{
            f"search, {mode}": _searcher(client, mode) for mode in ("lexical", "semantic", "hybrid")
        },
    }
    asked = questions[WARM_UP : WARM_UP + QUESTIONS]
    for question in questions[:WARM_UP]:
        for call in calls.values():
            call(question)
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(REPETITIONS):
        for name, call in calls.items():
            taken[name] += [call(question) for question in asked]
    return [Times(name, milliseconds) for name, milliseconds in taken.items()]


def _searcher(client: Client, mode: str) -> Callable[[str], float]:
    return lambda question: client.post("/api/v2/agents/search", {"query": question, "mode": mode})
