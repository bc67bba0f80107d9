"""Bodies without a length, against the real web server."""

import contextlib
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Run granian on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = int(probe.getsockname()[1])
    command = [
        *(sys.executable, "-m", "granian", "--interface", "rsgi", "--host", "127.0.0.1"),
        *("--port", str(free), "--no-ws", "--log-level", "error", "omicsoracle.rsgi:application"),
    ]
    server = subprocess.Popen(command, cwd=settings.BASE_DIR)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", free), 1).close()
            break
        except OSError:
            time.sleep(0.05)
    yield free
    server.terminate()
    server.wait(10)


def send(port: int, *chunks: bytes) -> tuple[int, dict[str, Any]]:
    """Send a login with a chunked body. Return the status and the answer."""
    head = (
        b"POST /api/v2/auth/login HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        body = b"".join(f"{len(one):x}\r\n".encode() + one + b"\r\n" for one in chunks)
        # Who is refused may be answered, and cut off, before all is sent.
        with contextlib.suppress(BrokenPipeError):
            connection.sendall(head + body + b"0\r\n\r\n")
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    top, said = answer.split(b"\r\n\r\n", 1)
    return int(top.split()[1]), json.loads(said)


def test_a_chunked_body_is_read_whole(port: int) -> None:
    status, problem = send(port, b'{"email": "nobody', b'@example.org"}')

    assert (status, list(problem["errors"])) == (400, ["password"])


def test_a_chunked_body_that_is_too_large_is_refused(port: int) -> None:
    status, problem = send(port, b'{"email": "', *[b"x" * 65536] * 16)

    assert (status, problem["code"]) == (413, "payload_too_large")
