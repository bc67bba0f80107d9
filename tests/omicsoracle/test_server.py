"""What the server does itself: it takes requests in, turns some away, and sends answers."""

import asyncio
import json
import logging
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from django.conf import settings

from accounts.hashers import Counter
from omicsoracle import server
from omicsoracle.gate import Gate, Kind
from omicsoracle.server import Server
from omicsoracle.urgency import SIGN_INS
from tests.accounts.test_passwords import taken_by_another
from tests.monitoring.test_requests import value as counted
from tests.omicsoracle.rsgi import Header, Loop, Protocol, asking

SEARCH, MINE = "/api/v2/agents/search", ("X-Request-ID", "mine")


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    room = Counter(at_once=1, waiting=0)
    monkeypatch.setattr("accounts.hashers.counter", room)
    with taken_by_another(room):
        yield


class Site:
    """A server, and the application behind it, which keeps what it was asked."""

    def __init__(self, gate: Gate | None = None) -> None:
        self.asked: list[dict[str, Any]] = []
        self.answer: Any = [b"{}"]
        self.server = Server(self._application, gate=gate)
        self.loop = Loop()

    def ask(
        self, method: str, path: str, *, headers: Iterable[Header] = (), **given: Any
    ) -> Protocol:
        scope, protocol = asking(method, path, headers=headers, **given)
        self.loop.run(self.server.__rsgi__(scope, protocol))
        return protocol

    def close(self) -> None:
        self.server.close()
        self.loop.close()

    def _application(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        self.asked.append({**environ, "body": environ["wsgi.input"].read()})
        start("200 OK", [("X-One", "1")])
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer  # type: ignore[no-any-return]


def opened(gate: Gate | None = None) -> Iterator[Site]:
    made = Site(gate)
    yield made
    made.close()


@pytest.fixture
def site() -> Iterator[Site]:
    yield from opened()


@pytest.fixture
def single() -> Iterator[Site]:
    """Yield a site with one place and no line."""
    yield from opened(Gate(places=1, waiting=0))


@pytest.fixture
def busy() -> Iterator[Site]:
    """Yield a site whose only place is taken, with no room to wait."""
    gate = Gate(places=1, waiting=0)
    asyncio.run(gate.enter(Kind.OTHER))
    yield from opened(gate)


@pytest.mark.usefixtures("full")
@pytest.mark.parametrize("path", sorted(SIGN_INS))
def test_while_the_queue_is_full_nobody_gets_as_far_as_the_application(
    site: Site, path: str
) -> None:
    said = site.ask("POST", path, headers=[MINE])

    problem = json.loads(said.body)
    assert site.asked == []
    assert said.status == 503
    assert 2 <= int(said.header("Retry-After")) <= 6
    assert said.header("Content-Type") == "application/problem+json"
    assert said.header("X-Request-ID") == problem["request_id"] == "mine"
    assert problem["code"] == "service_unavailable"


@pytest.mark.usefixtures("full")
def test_who_is_turned_away_together_does_not_come_back_together(site: Site) -> None:
    waits = {site.ask("POST", "/api/v2/auth/login").header("Retry-After") for _ in range(100)}
    assert len(waits) > 1


@pytest.mark.usefixtures("full")
@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", SEARCH), ("GET", "/api/v2/auth/login"), ("POST", "/api/v2/auth/refresh")],
)
def test_all_else_is_served(site: Site, method: str, path: str) -> None:
    assert site.ask(method, path).status == 200


@pytest.mark.parametrize("path", ["/api/v2/auth/login", "/api/v2/auth/login/"])
def test_with_room_in_the_queue_everybody_is_served(site: Site, path: str) -> None:
    assert [site.ask("POST", path).status for _ in range(3)] == [200] * 3


def test_the_body_of_who_is_refused_is_read_so_that_the_connection_lives_on(busy: Site) -> None:
    said = busy.ask("POST", SEARCH, headers=[("Content-Length", "2")], parts=[b"1", b"2"])
    assert (said.status, said.parts_read) == (503, 2)


@pytest.mark.usefixtures("full")
def test_a_flood_of_sign_ins_is_no_flood_of_lines(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        for _ in range(100):
            site.ask("POST", "/api/v2/auth/login")

    assert caplog.text.count("requests turned away") == 1


def test_who_finds_no_room_is_told_when_to_come_back(busy: Site) -> None:
    said = busy.ask("POST", SEARCH, headers=[MINE])

    problem = json.loads(said.body)
    assert busy.asked == []
    assert said.status == 503
    assert said.header("Retry-After") == "1"
    assert said.header("Content-Type") == "application/problem+json"
    assert said.header("X-Request-ID") == problem["request_id"] == "mine"
    assert problem["code"] == "service_unavailable"


def test_health_is_told_while_all_else_is_refused(busy: Site) -> None:
    assert busy.ask("GET", "/health/ready").status == 200


def test_who_has_waited_long_is_not_let_in_to_a_database_that_is_silent(
    single: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "LONG_WAIT", -1)
    monkeypatch.setattr("common.database._Server.is_silent", True)

    said = single.ask("GET", "/", headers=[MINE])

    assert (said.status, single.asked) == (503, [])
    assert said.header("Retry-After") == "5"
    monkeypatch.undo()
    assert single.ask("GET", "/").status == 200  # its place was given back


def test_an_answer_gives_its_place_back(single: Site) -> None:
    assert [single.ask("GET", "/").status for _ in range(3)] == [200] * 3


def test_a_failure_gives_its_place_back(single: Site) -> None:
    single.answer = ValueError()
    with pytest.raises(ValueError):  # noqa: PT011 (any)
        single.ask("GET", "/")
    single.answer = [b"{}"]

    assert single.ask("GET", "/").status == 200


class Stream:
    """What Django answers when the body is made as it is sent; it notes what happened where."""

    streaming = True

    def __init__(self, gate: Gate) -> None:
        self.notes: list[tuple[str, int, bool]] = []
        self._gate = gate

    def __iter__(self) -> Iterator[bytes]:
        for part in (b"1", b"2"):
            self._note("part")
            yield part

    def close(self) -> None:
        self._note("close")

    def _note(self, what: str) -> None:
        self.notes.append((what, threading.get_ident(), self._gate._free == 0))


def test_a_stream_is_made_by_one_thread_which_holds_its_place_to_the_end() -> None:
    gate = Gate(places=1, waiting=0)
    for site in opened(gate):
        stream = site.answer = Stream(gate)

        said = site.ask("GET", "/")

        assert said.body == b"12"
        assert [what for what, _, _ in stream.notes] == ["part", "part", "close"]
        assert len({thread for _, thread, _ in stream.notes}) == 1
        assert all(is_held for _, _, is_held in stream.notes)
        assert asyncio.run(gate.enter(Kind.OTHER))


def test_an_application_sees_the_request_as_wsgi_says(site: Site) -> None:
    site.ask(
        "POST",
        "/caf\u00e9",
        headers=[
            ("Content-Type", "text/plain"),
            ("Content-Length", "3"),
            ("Cookie", "a=1"),
            ("Cookie", "b=2"),
            ("X-Forwarded-For", "1.2.3.4"),
            ("X-Forwarded-For", "5.6.7.8"),
        ],
        parts=[b"ab", b"c"],
        query_string="q=%41",
        client="[::1]:4711",
        server="[::1]:8000",
    )

    (asked,) = site.asked
    expected = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/caf\u00c3\u00a9",
        "QUERY_STRING": "q=%41",
        "CONTENT_TYPE": "text/plain",
        "CONTENT_LENGTH": "3",
        "HTTP_HOST": "testserver",
        "HTTP_COOKIE": "a=1; b=2",
        "HTTP_X_FORWARDED_FOR": "1.2.3.4,5.6.7.8",
        "REMOTE_ADDR": "::1",
        "SERVER_NAME": "[::1]",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
        "body": b"abc",
    }
    assert {name: asked[name] for name in expected} == expected


@pytest.mark.parametrize("length", ["9" * 5000, str(2**40), "-1", "\u0663"])
def test_a_body_of_no_possible_length_is_not_waited_for(site: Site, length: str) -> None:
    said = site.ask("POST", "/", headers=[("Content-Length", length)], parts=[b"x"])
    assert (said.status, said.parts_read) == (200, 0)  # Django is who refuses it


def test_no_more_is_read_than_may_be(site: Site) -> None:
    part = b"x" * (settings.MAX_BODY_BYTES // 2)
    said = site.ask("POST", "/", headers=[("Transfer-Encoding", "chunked")], parts=[part] * 100)
    assert (said.status, said.parts_read) == (200, 3)
    assert len(site.asked[0]["body"]) == settings.MAX_BODY_BYTES + 1


def test_a_body_that_does_not_come_is_not_waited_for_for_ever(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Silent(Protocol):
        async def __aiter__(self) -> Any:
            await asyncio.sleep(3600)
            yield b""

    monkeypatch.setattr(server, "BODY_SECONDS", 0.01)
    scope, _ = asking("POST", "/", headers=[("Content-Length", "3")])
    silent = Silent([])

    site.loop.run(site.server.__rsgi__(scope, silent))

    assert silent.status == 408
    assert json.loads(silent.body)["code"] == "request_timeout"
    assert site.asked == []


def test_an_answer_without_a_body_is_sent(site: Site) -> None:
    site.answer = []
    said = site.ask("GET", "/")
    assert (said.status, said.headers, said.body) == (200, [("X-One", "1")], b"")


def test_the_loop_has_its_turn_sooner_while_threads_work(site: Site) -> None:
    turns: list[float] = []

    def application(*_: Any) -> list[bytes]:
        turns.append(sys.getswitchinterval())
        return []

    site.server.application = application

    site.ask("GET", "/")

    assert turns == pytest.approx([server.TURN_BESIDE_THREADS])
    assert sys.getswitchinterval() == pytest.approx(server.TURN)


def test_who_is_turned_away_is_counted(busy: Site) -> None:
    labels = {"route": "turned away", "method": "POST", "status": "503"}
    before = counted("http_requests_total", **labels)
    reasons = counted("http_requests_turned_away_total", reason="Overloaded")
    problems = counted("problems_total", code="service_unavailable", status="503")

    assert busy.ask("POST", SEARCH).status == 503

    assert counted("http_requests_total", **labels) == before + 1
    assert counted("http_requests_turned_away_total", reason="Overloaded") == reasons + 1
    assert counted("problems_total", code="service_unavailable", status="503") == problems + 1


def test_django_is_told_when_a_request_came(site: Site) -> None:
    before = time.perf_counter()

    site.ask("GET", "/docs")

    assert before <= site.asked[0]["omicsoracle.came_at"] <= time.perf_counter()
