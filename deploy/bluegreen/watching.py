"""Whether a release does well under what people really ask: read in nginx's access log."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.bluegreen.errors import DeployError

EVERY = 1.0
FEW = 20  # answers; fewer tell nothing about a p95
SOME = 3  # errors; fewer may be anybody's
FAILED_LOOKS = 3  # at its health, one after the other
SLOWER = 3  # times slower than the one before
TAIL = 2_000_000  # bytes of the log that tell of the one before
FIRST_ERROR = 500


@dataclass(frozen=True, slots=True)
class Answers:
    """How often, how badly and how slowly a colour has answered."""

    count: int
    errors: int
    p95_ms: float

    @classmethod
    def of(cls, answers: Sequence[tuple[int, float]]) -> "Answers":
        """Sum up statuses and milliseconds."""
        times = sorted(took for _, took in answers)
        p95 = times[int(0.95 * (len(times) - 1))] if times else 0.0
        return cls(len(times), sum(status >= FIRST_ERROR for status, _ in answers), p95)

    def __str__(self) -> str:
        return f"{self.count} answers, {self.errors} errors, p95 {self.p95_ms:.0f} ms"


class Log:
    """nginx's access log, from a moment on."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._read = file.stat().st_size if file.exists() else 0
        self._seen: dict[str, list[tuple[int, float]]] = {}

    def before(self, port: int) -> Answers:
        """Return how a colour answered of late."""
        with self._file.open("rb") as lines:
            lines.seek(max(0, self._read - TAIL))
            found = list(_answers(lines.read(TAIL).splitlines()))
        return Answers.of([answer for at, answer in found if at == port])

    def since(self, port: int) -> Answers:
        """Return how a colour has answered since."""
        with self._file.open("rb") as lines:
            lines.seek(self._read)
            text = lines.read()
        whole = text[: text.rfind(b"\n") + 1]  # the last line may not be written to its end
        self._read += len(whole)
        for at, answer in _answers(whole.splitlines()):
            self._seen.setdefault(str(at), []).append(answer)
        return Answers.of(self._seen.get(str(port), []))


def watch(
    log: Log,
    port: int,
    *,
    seconds: float,
    is_well: Callable[[], bool],
    most_errors: float,
    most_milliseconds: float,
) -> Answers:
    """Look on for so many seconds.

    :raises DeployError: as soon as it is bad
    """
    until, failed = time.monotonic() + seconds, 0
    while True:
        failed = 0 if is_well() else failed + 1
        seen = log.since(port)
        if failed == FAILED_LOOKS:
            raise DeployError(f"It is not well any more ({seen}).")
        if seen.errors >= SOME and seen.errors > most_errors * seen.count:
            raise DeployError(f"Too many errors: {seen}.")
        if seen.count >= FEW and seen.p95_ms > most_milliseconds:
            raise DeployError(f"Too slow: {seen}, and {most_milliseconds:.0f} ms is the most.")
        if time.monotonic() > until:
            return seen
        time.sleep(EVERY)


def _answers(lines: Sequence[bytes]) -> Iterator[tuple[int, tuple[int, float]]]:
    """Yield, for each line of a request that a colour was asked, its port, the status and how long it took.

    Sockets last as long as people look; they say nothing about speed.
    """
    for line in lines:
        try:
            said = json.loads(line)
            upstream = said["context"]["upstream"].rpartition(", ")[2]
            port = int(upstream.rpartition(":")[2])
        except (ValueError, KeyError, TypeError):
            continue
        if said["endpoint"] != "/ws":
            yield port, (said["status_code"], said["duration_ms"])
