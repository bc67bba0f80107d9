"""Servers of evaluation and measurements: their data stays in var/evaluation."""

import contextlib
import os
import signal
import socket
import sys
import urllib.request
from collections.abc import Iterator

from django.conf import settings

from omicsoracle.embedded import postgres, valkey
from omicsoracle.embedded.guard import Guard
from omicsoracle.embedded.processes import Home, spawn, wait_until

# As a small production server would have it; nobody wants the data back after a power cut.
POSTGRES = postgres.FORGETFUL | {"shared_buffers": "1GB", "maintenance_work_mem": "2GB"}


@contextlib.contextmanager
def running() -> Iterator[Home]:
    """Run PostgreSQL and Valkey while the block lasts."""
    guard = Guard()
    home = Home(settings.VAR_DIR, settings.SOCKET_DIR, guard)
    with contextlib.ExitStack() as servers:
        servers.callback(guard.close)
        servers.callback(postgres.start(home, options=POSTGRES).stop)
        servers.callback(valkey.start(home, options=valkey.FORGETFUL).stop)
        servers.callback(valkey.start_cache(home, max_bytes=settings.CACHE_L2_BYTES).stop)
        yield home


@contextlib.contextmanager
def web_server(home: Home, *, database: str) -> Iterator[int]:
    """Run the web server on a database while the block lasts. Yields its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [
        *(sys.executable, "-m", "granian", "--interface", "rsgi", "--host", "127.0.0.1"),
        *("--port", str(port), "--workers", "1", "--no-ws"),
        *("--log-level", "warning", "omicsoracle.rsgi:application"),
    ]
    environment = {"DATABASE_NAME": database, "DATABASE_POOL_SIZE": "2", "LOG_LEVEL": "WARNING"}
    server = spawn(
        home,
        "web",
        command,
        stop_signal=signal.SIGTERM,
        cwd=settings.BASE_DIR,
        env={**os.environ, **environment},  # noqa: TID251 (for a child)
    )
    try:
        wait_until(home, lambda: _is_ready(port), server)
        yield port
    finally:
        server.stop()


def _is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=2):
            return True
    except OSError:
        return False
