import io
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from rich.console import Console

from omicsoracle.run.example import QUESTION, Site, show_answer
from omicsoracle.run.prepare import Demo
from omicsoracle.run.steps import Lasting, Steps

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

DEMO = Demo("demo@omicsoracle.example", "pass-word", "oo_key")
FOUND = {
    "total_found": 1,
    "execution_time_ms": 12.3,
    "datasets": [
        {
            "geo_id": "GSE2034",
            "relevance_score": 0.876,
            "sample_count": 286,
            "release_date": "2005-02-23",
            "title": "Breast cancer [relapse] free survival",
            "match_reasons": ["disease: breast cancer", "organism: human"],
        },
        {
            "geo_id": "GSE1",
            "relevance_score": 0.5,
            "sample_count": None,
            "release_date": None,
            "title": None,
            "match_reasons": [],
        },
    ],
}


@contextmanager
def server_that_says(status: int, body: bytes) -> Iterator[tuple[Site, list[dict[str, Any]]]]:
    """Serve one answer to everything; collect what was asked."""
    asked: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            asked.append(
                {
                    "path": self.path,
                    "key": self.headers["X-API-Key"],
                    "body": json.loads(self.rfile.read(length)),
                }
            )
            self.do_GET()

        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield Site(server.server_port), asked
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def page() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def steps(page: io.StringIO) -> Steps:
    return Steps(Console(file=page, width=200))


def test_the_answer_is_shown_ranked_with_its_reasons(steps: Steps, page: io.StringIO) -> None:
    with server_that_says(200, json.dumps(FOUND).encode()) as (site, asked):
        show_answer(steps, site, DEMO)

    shown = page.getvalue()
    (row,) = [line for line in shown.splitlines() if "GSE2034" in line]
    assert asked[0]["path"] == "/api/v2/agents/search"
    assert asked[0]["key"] == "oo_key"
    assert asked[0]["body"]["query"] == QUESTION
    assert [cell.strip() for cell in row.strip("│").split("│")][:5] == [
        "1",
        "GSE2034",
        "0.88",
        "286",
        "2005",
    ]
    assert "[relapse]" in shown
    assert "organism: human" in " ".join(shown.split())


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [(503, b'{"detail": "Come back later."}', "Come back later."), (500, b"<html>", "status 500")],
)
def test_a_question_without_an_answer_is_reported(
    steps: Steps, page: io.StringIO, status: int, body: bytes, told: str
) -> None:
    with server_that_says(status, body) as (site, _):
        show_answer(steps, site, DEMO)

    assert "The example question was not answered" in page.getvalue()
    assert told in page.getvalue()


@pytest.mark.parametrize(("status", "is_ready"), [(200, True), (503, False)])
def test_a_server_is_ready_when_it_says_so(status: int, is_ready: bool) -> None:  # noqa: FBT001
    with server_that_says(status, b"{}") as (site, _):
        assert site.is_ready() is is_ready


def test_a_server_that_is_not_there_is_not_ready() -> None:
    with server_that_says(200, b"{}") as (site, _):
        pass

    assert not site.is_ready()


def test_what_is_said_within_a_step_is_seen_without_a_terminal(
    steps: Steps, page: io.StringIO
) -> None:
    with steps.step("PostgreSQL"):
        steps.tell("recovering [1]")
    steps.tell("done")

    lines = page.getvalue().splitlines()
    assert lines[0].strip() == "recovering [1]"
    assert lines[1].split()[0] == "PostgreSQL"
    assert lines[2].strip() == "done"


def test_a_closed_pipe_stops_nothing() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as stream:
        steps = Steps(Console(file=Lasting(stream), width=80))

        with steps.step("Valkey"):
            steps.tell("still at work")
        steps.show("a table")


def test_a_stream_is_what_it_stands_for() -> None:
    with open(os.devnull, "w", encoding="ascii") as stream:  # noqa: PTH123 (no path)
        page = Lasting(stream)

        assert not page.isatty()
        assert page.fileno() == stream.fileno()
        assert page.encoding == "ascii"
