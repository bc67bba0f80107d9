"""Sign-ins are turned away at the door while the hashing queue is full."""

import io
import json
import logging
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from accounts.hashers import Counter
from accounts.shedding import PATHS, Shedding
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

    def __init__(self) -> None:
        self.asked = 0
        self.status = ""
        self.headers: dict[str, str] = {}
        self.shedding = Shedding(self)

    def __call__(self, _environ: object, start: Any) -> Iterable[bytes]:
        self.asked += 1
        start("200 OK", [])
        return [b"{}"]

    def ask(self, method: str, path: str, **environ: object) -> bytes:
        def start(status: str, headers: list[tuple[str, str]]) -> None:
            self.status, self.headers = status, dict(headers)

        given = {"REQUEST_METHOD": method, "PATH_INFO": path, "wsgi.input": io.BytesIO(b"{}")}
        return b"".join(self.shedding(given | environ, start))


@pytest.mark.usefixtures("full")
@pytest.mark.parametrize("path", sorted(PATHS))
def test_while_the_queue_is_full_nobody_gets_as_far_as_the_application(path: str) -> None:
    site = Site()

    body = json.loads(site.ask("POST", path, HTTP_X_REQUEST_ID="mine"))

    assert site.asked == 0
    assert site.status == "503 Service Unavailable"
    assert site.headers["Retry-After"] == "1"
    assert site.headers["Content-Type"] == "application/problem+json"
    assert site.headers["X-Request-ID"] == body["request_id"] == "mine"
    assert body["code"] == "service_unavailable"


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

    Site().ask("POST", "/api/v2/auth/login/", **{"wsgi.input": body})

    assert body.read() == b""


@pytest.mark.usefixtures("full")
def test_a_flood_of_sign_ins_is_no_flood_of_lines(caplog: pytest.LogCaptureFixture) -> None:
    site = Site()

    with caplog.at_level(logging.WARNING):
        for _ in range(100):
            site.ask("POST", "/api/v2/auth/login")

    assert caplog.text.count("sign-ins turned away") == 1


def test_only_what_anybody_may_call_is_shed() -> None:
    assert {path.strip("/") for path in PATHS} <= PUBLIC
