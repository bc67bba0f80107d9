"""Flower behind the staff's site: who sees it, and what cannot be done there."""

import base64
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from accounts.models import User
from batch import flower
from batch.management.commands import flower as command
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.allow_hosts(["127.0.0.1"])]
PLACE = "/admin/flower/"
CHANGES = f"{PLACE}api/worker/shutdown/batch@here"


class Upstream(HTTPServer):
    """Stands for Flower: keeps who asked for what, and says what was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, str, str]] = []


class Handler(BaseHTTPRequestHandler):
    server: Upstream

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        shown = base64.b64decode(self.headers["Authorization"].split()[1]).decode()
        self.server.asked.append((self.command, self.path, shown))
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Set-Cookie", "theirs=1")
        self.end_headers()
        self.wfile.write(b"Workers " + body)

    do_POST = do_GET  # noqa: N815 (http.server names it)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def upstream(settings: Any) -> Iterator[Upstream]:
    server = Upstream()
    settings.FLOWER_URL = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def signed_in(**fields: Any) -> Client:
    client = Client(enforce_csrf_checks=True)
    client.force_login(UserFactory.create(**fields))
    return client


def test_who_is_not_staff_is_led_to_the_sign_in_and_flower_is_not_asked(upstream: Upstream) -> None:
    for client in (Client(), signed_in()):
        for place in (PLACE, f"{PLACE}tasks", CHANGES):
            for answer in (client.get(place), client.post(place)):
                assert answer.status_code == 302
                assert answer["Location"].startswith("/admin/login/")

    assert upstream.asked == []


def test_staff_who_may_not_see_jobs_do_not_see_flower(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(User, "has_perm", lambda _, permission: permission != "batch.view_batchjob")

    assert signed_in(is_staff=True).get(PLACE).status_code == 403
    assert upstream.asked == []


def test_staff_who_may_see_jobs_see_its_pages(upstream: Upstream) -> None:
    page = signed_in(is_staff=True).get(f"{PLACE}tasks?sort=name")

    assert (page.status_code, page.content) == (200, b"Workers ")
    assert upstream.asked == [
        ("GET", "/admin/flower/tasks?sort=name", f"staff:{flower.secret()}"),
    ]
    assert "theirs" not in page.cookies
    assert "no-store" in page["Cache-Control"]


def test_nobody_changes_anything_there(upstream: Upstream) -> None:
    root = signed_in(is_staff=True, is_superuser=True)

    table = root.post(f"{PLACE}tasks/datatable", {"draw": 1})

    assert table.status_code == 200
    assert [root.post(CHANGES).status_code, root.delete(CHANGES).status_code] == [405, 405]
    assert [(method, path) for method, path, _ in upstream.asked] == [
        ("POST", "/admin/flower/tasks/datatable")
    ]


def test_when_flower_does_not_run_staff_are_told_how_to_start_it(settings: Any) -> None:
    settings.FLOWER_URL = "http://127.0.0.1:1"

    page = signed_in(is_staff=True, is_superuser=True).get(PLACE)

    assert page.status_code == 503
    assert "manage.py flower" in page.text


def test_it_is_started_on_loopback_read_only_and_with_its_secret_in_no_argument(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started: list[Any] = []
    monkeypatch.setattr(command.os, "execve", lambda *given: started.extend(given))

    call_command("flower")

    _, arguments, environment = started
    assert {"--address=127.0.0.1", "--port=5555", "--read_only"} <= set(arguments)
    assert environment["FLOWER_BASIC_AUTH"] == f"staff:{flower.secret()}"
    assert not any(flower.secret() in one for one in arguments)
