"""What is too much is turned away at the door, the least urgent first."""

import io
import json
import logging
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from accounts.hashers import Counter
from omicsoracle.gate import SHARES, Gate, Kind
from omicsoracle.shedding import SIGN_INS, Shedding, kind_of
from tests.accounts.test_passwords import taken_by_another
from tests.security.routes import PUBLIC


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    room = Counter(at_once=1, waiting=0)
    monkeypatch.setattr("accounts.hashers.counter", room)
    with taken_by_another(room):
        yield


class Site:
    """The application behind, and what it answered last."""

    def __init__(self, gate: Gate | None = None) -> None:
        self.asked = 0
        self.answer: Any = [b"{}"]
        self.status = ""
        self.headers: dict[str, str] = {}
        self.shedding = Shedding(self, gate=gate)

    def __call__(self, _environ: object, start: Any) -> Iterable[bytes]:
        self.asked += 1
        start("200 OK", [])
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer  # type: ignore[no-any-return]

    def ask(self, method: str, path: str, **environ: object) -> bytes:
        def start(status: str, headers: list[tuple[str, str]]) -> None:
            self.status, self.headers = status, dict(headers)

        given = {"REQUEST_METHOD": method, "PATH_INFO": path, "wsgi.input": io.BytesIO(b"{}")}
        return b"".join(self.shedding(given | environ, start))


@pytest.mark.usefixtures("full")
@pytest.mark.parametrize("path", sorted(SIGN_INS))
def test_while_the_queue_is_full_nobody_gets_as_far_as_the_application(path: str) -> None:
    site = Site()

    body = json.loads(site.ask("POST", path, HTTP_X_REQUEST_ID="mine"))

    assert site.asked == 0
    assert site.status == "503 Service Unavailable"
    assert 2 <= int(site.headers["Retry-After"]) <= 6
    assert site.headers["Content-Type"] == "application/problem+json"
    assert site.headers["X-Request-ID"] == body["request_id"] == "mine"
    assert body["code"] == "service_unavailable"


@pytest.mark.usefixtures("full")
def test_who_is_turned_away_together_does_not_come_back_together() -> None:
    site = Site()

    waits = set()
    for _ in range(100):
        site.ask("POST", "/api/v2/auth/login")
        waits.add(site.headers["Retry-After"])

    assert len(waits) > 1


@pytest.mark.usefixtures("full")
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/v2/agents/search"),
        ("GET", "/api/v2/auth/login"),
        ("POST", "/api/v2/auth/refresh"),
    ],
)
def test_all_else_is_served(method: str, path: str) -> None:
    site = Site()

    site.ask(method, path)

    assert site.asked == 1


@pytest.mark.parametrize("path", ["/api/v2/auth/login", "/api/v2/auth/login/"])
def test_with_room_in_the_queue_everybody_is_served(path: str) -> None:
    site = Site()

    for _ in range(3):
        site.ask("POST", path)

    assert site.asked == 3


@pytest.mark.usefixtures("full")
def test_the_body_is_read_so_that_the_connection_can_be_used_again() -> None:
    body = io.BytesIO(b"x" * 100)

    Site().ask("POST", "/api/v2/auth/login/", CONTENT_LENGTH="100", **{"wsgi.input": body})

    assert body.read() == b""


@pytest.mark.usefixtures("full")
def test_a_flood_of_sign_ins_is_no_flood_of_lines(caplog: pytest.LogCaptureFixture) -> None:
    site = Site()

    with caplog.at_level(logging.WARNING):
        for _ in range(100):
            site.ask("POST", "/api/v2/auth/login")

    assert caplog.text.count("requests turned away") == 1


def test_only_what_anybody_may_call_is_shed() -> None:
    assert {path.strip("/") for path in SIGN_INS} <= PUBLIC


# --- The line ------------------------------------------------------------------------------------

SEARCH, BATCH = "/api/v2/agents/search", "/api/v2/batch/jobs"


def wait_until(is_so: Any) -> None:
    until = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < until, "it did not come to pass"
        time.sleep(0.001)


class Line:
    """A gate with one place, which is taken, and those who wait for it."""

    def __init__(self, waiting: int) -> None:
        self.gate = Gate(places=1, waiting=waiting)
        self.gate.enter(Kind.OTHER)
        self.entered: list[Kind] = []
        self._threads: list[threading.Thread] = []

    def add(self, *kinds: Kind) -> None:
        for kind in kinds:
            thread = threading.Thread(target=self._enter, args=[kind])
            before = self.gate.waiting
            thread.start()
            self._threads.append(thread)
            wait_until(lambda before=before: self.gate.waiting > before)

    def end(self) -> None:
        self.gate.leave(Kind.OTHER)
        for thread in self._threads:
            thread.join()

    def _enter(self, kind: Kind) -> None:
        assert self.gate.enter(kind)
        self.entered.append(kind)
        self.gate.leave(kind)


@pytest.fixture
def line() -> Iterator[Line]:
    made = Line(waiting=20)
    yield made
    made.end()


@pytest.fixture
def busy() -> Gate:
    """Return a gate whose only place is taken, with no room to wait."""
    gate = Gate(places=1, waiting=0)
    gate.enter(Kind.OTHER)
    return gate


def test_the_longer_the_line_the_more_urgent_one_must_be(line: Line) -> None:
    refused = []
    for kind in (*SHARES, Kind.STAFF):
        while line.gate.waiting < 20 * SHARES[kind]:
            line.add(Kind.STAFF)
        refused.append([one for one in SHARES if not can_wait(line, one)])

    kinds = list(SHARES)
    assert refused == [kinds[: n + 1] for n in range(len(kinds))] + [kinds]


def can_wait(line: Line, kind: Kind) -> bool:
    return line.gate.waiting < 20 * SHARES[kind] or line.gate.enter(kind)


def test_who_waits_is_let_in_in_the_order_of_coming() -> None:
    line = Line(waiting=20)
    coming = [Kind.BATCH, Kind.SEARCH, Kind.AUTH, Kind.EXPORT, Kind.SEARCH]
    line.add(*coming)

    line.end()

    assert line.entered == coming


def test_health_neither_waits_nor_is_refused(busy: Gate) -> None:
    assert all(busy.enter(Kind.HEALTH) for _ in range(100))

    busy.leave(Kind.HEALTH)

    assert not busy.enter(Kind.STAFF)


def test_a_place_that_nobody_waits_for_is_free_again() -> None:
    gate = Gate(places=2, waiting=0)
    for _ in range(3):
        assert gate.enter(Kind.SEARCH)
        assert gate.enter(Kind.SEARCH)
        assert not gate.enter(Kind.SEARCH)

        gate.leave(Kind.SEARCH)
        gate.leave(Kind.SEARCH)


def test_more_threads_than_places_never_work_at_once() -> None:
    gate = Gate(places=3, waiting=1000)
    inside: set[int] = set()
    most = 0

    def work() -> None:
        nonlocal most
        for _ in range(100):
            assert gate.enter(Kind.SEARCH)
            inside.add(threading.get_ident())
            most = max(most, len(inside))
            time.sleep(0)
            inside.discard(threading.get_ident())
            gate.leave(Kind.SEARCH)

    threads = [threading.Thread(target=work) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert most <= 3
    assert gate.waiting == 0


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("POST", BATCH, Kind.BATCH),
        ("POST", "/api/v2/batch/jobs/1/retry/", Kind.BATCH),
        ("GET", BATCH, Kind.OTHER),
        ("GET", "/api/v2/batch/jobs/1/results", Kind.EXPORT),
        ("GET", "/api/v2/auth/me/export/", Kind.EXPORT),
        ("POST", "/api/v2/agents/report", Kind.EXPORT),
        ("POST", SEARCH, Kind.SEARCH),
        ("POST", "/api/v2/workflows/execute", Kind.SEARCH),
        ("GET", "/api/v2/datasets/GSE1", Kind.OTHER),
        ("GET", "/", Kind.OTHER),
        ("POST", "/api/v2/auth/refresh", Kind.AUTH),
        ("GET", "/admin/", Kind.STAFF),
        ("GET", "/api/v2/admin/users", Kind.STAFF),
        ("GET", "/metrics", Kind.STAFF),
        ("GET", "/health", Kind.HEALTH),
        ("GET", "/health/live/", Kind.HEALTH),
        ("GET", "/healthy", Kind.OTHER),
        ("GET", "/administration", Kind.OTHER),
    ],
)
def test_what_is_asked_says_how_urgent_it_is(method: str, path: str, kind: Kind) -> None:
    assert kind_of(method, path) is kind


def test_who_finds_no_room_is_told_when_to_come_back(busy: Gate) -> None:
    site = Site(busy)
    sent = io.BytesIO(b"x" * 100)

    body = json.loads(
        site.ask(
            "POST", SEARCH, HTTP_X_REQUEST_ID="mine", CONTENT_LENGTH="100", **{"wsgi.input": sent}
        )
    )

    assert site.asked == 0
    assert site.status == "503 Service Unavailable"
    assert site.headers["Retry-After"] == "1"
    assert site.headers["Content-Type"] == "application/problem+json"
    assert site.headers["X-Request-ID"] == body["request_id"] == "mine"
    assert body["code"] == "service_unavailable"
    assert sent.read() == b""


def test_health_is_told_while_all_else_is_refused(busy: Gate) -> None:
    site = Site(busy)

    site.ask("GET", "/health/ready")

    assert (site.asked, site.status) == (1, "200 OK")


def test_an_answer_gives_its_place_back() -> None:
    site = Site(Gate(places=1, waiting=0))

    for _ in range(3):
        site.ask("POST", SEARCH)

    assert site.asked == 3


def test_a_failure_gives_its_place_back() -> None:
    site = Site(Gate(places=1, waiting=0))
    site.answer = ValueError()
    with pytest.raises(ValueError):  # noqa: PT011 (any)
        site.ask("POST", SEARCH)
    site.answer = [b"{}"]

    site.ask("POST", SEARCH)

    assert site.status == "200 OK"


class Stream:
    """What Django answers when the body is made as it is sent."""

    streaming = True
    is_closed = False

    def __iter__(self) -> Iterator[bytes]:
        yield b"1"
        yield b"2"

    def close(self) -> None:
        self.is_closed = True


def test_a_stream_holds_its_place_until_it_is_closed() -> None:
    gate = Gate(places=1, waiting=0)
    site = Site(gate)
    site.answer = Stream()

    sent: Any = site.shedding({"REQUEST_METHOD": "GET", "PATH_INFO": "/"}, lambda *_: None)
    assert list(sent) == [b"1", b"2"]
    assert not gate.enter(Kind.SEARCH)
    sent.close()

    assert site.answer.is_closed
    assert gate.enter(Kind.SEARCH)
