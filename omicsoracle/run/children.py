"""The web server, the workers and beat: their commands."""

import contextlib
import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from omicsoracle.embedded.processes import Home, Server, spawn

# Programs that serve have the application's own database role: it owns no table, and may only add
# to the audit log. (Of the embedded server; DATABASE_URL names its own.)
EVERYWHERE = {"PYTHONUNBUFFERED": "1", "DATABASE_USER": "omicsoracle_app"}
CELERY = ("-m", "celery", "-A", "omicsoracle")
WORKER = (*CELERY, "worker", "--without-gossip", "--without-mingle", "--loglevel", "INFO")
# Who answers somebody waits no longer than a moment for PostgreSQL, and hardly at all for the broker.
ANSWERING = {"DATABASE_STATEMENT_TIMEOUT": "4s", "BROKER_TIMEOUT": "0.2"}
# A worker of the web server takes no more requests than this at once; the others wait outside.
BACKPRESSURE = 1024
BEHIND = 5  # of nice
SAID_AGAIN = 0.2  # seconds
SOCKETS = 10_000  # that one process keeps open at a time
LIVE_CONNECTIONS = 8


@dataclass(frozen=True, slots=True)
class Program:
    """A program of ours: its arguments to Python, and what its environment has besides."""

    name: str
    arguments: tuple[str, ...]
    environment: dict[str, str]


def web(*, port: int, workers: int, threads: int) -> Program:
    """Return the web server, whose threads share a pool of connections.

    A request waits no longer than a moment for PostgreSQL, and hardly at all for the broker.
    """
    return Program(
        "web",
        (
            *("-m", "granian", "omicsoracle.rsgi:application", "--interface", "rsgi"),
            *("--host", settings.LISTEN_HOST, "--port", str(port), "--http", "1", "--no-ws"),
            *("--workers", str(workers)),
            *("--backpressure", str(BACKPRESSURE), "--workers-kill-timeout", "3"),
        ),
        {
            "METRICS_ROLE": "web",
            "WEB_THREADS": str(threads),
            "DATABASE_POOL_SIZE": str(threads + settings.SPARE_CONNECTIONS),
            **ANSWERING,
        },
    )


def live(*, port: int) -> Program:
    """Return the server of WebSockets and agents: one loop, and a few threads that work for it."""
    return Program(
        "live",
        (
            *("-m", "granian", "omicsoracle.asgi:application", "--interface", "asgi"),
            *("--host", settings.LISTEN_HOST, "--port", str(port), "--http", "1", "--ws"),
            *("--workers", "1", "--backlog", "4096", "--backpressure", str(SOCKETS)),
            *("--workers-kill-timeout", "3"),
        ),
        {
            "METRICS_ROLE": "live",
            "DATABASE_POOL_SIZE": str(LIVE_CONNECTIONS + settings.MCP_THREADS),
            **ANSWERING,
        },
    )


def worker() -> Program:
    """Return the worker: one process for tasks, and the one that watches it."""
    return Program("worker", (*WORKER, "--concurrency", "1"), {"METRICS_ROLE": "worker"})


def batch_worker(*, processes: int) -> Program:
    """Return the worker of batch jobs, which takes no other work: none waits behind a big job."""
    only = ("--queues", "batch", "--hostname", "batch@%h", "--concurrency", str(processes))
    return Program("batch", (*WORKER, *only), {"METRICS_ROLE": "batch"})


def beat() -> Program:
    """Return the clock that sends periodic tasks to the worker."""
    return Program("beat", (*CELERY, "beat", "--loglevel", "INFO"), {"METRICS_ROLE": "beat"})


def start(home: Home, program: Program, *, project: Path) -> Server:
    """Start a program of ours in the project's folder, behind the servers that all programs wait for.

    On a busy machine a limiter that has no turn is a limiter that is away to all who ask it.
    """
    environment = {**os.environ, **EVERYWHERE, **program.environment}  # noqa: TID251
    server = spawn(
        home,
        program.name,
        [sys.executable, *program.arguments],
        stop_signal=signal.SIGTERM,
        env=environment,
        cwd=project,
    )
    put_behind(server)
    return server


def put_behind(server: Server) -> None:
    """Let PostgreSQL and Valkey have their turns before a process, and before those that it starts.

    Each program is a session of its own, and most kernels share processors out by sessions before they look at
    processes: so the session is told, too, where the kernel lets it be.
    """
    pid = server.process.pid
    with contextlib.suppress(ProcessLookupError):  # ended already: whoever waits for it says so
        os.setpriority(os.PRIO_PROCESS, pid, BEHIND)
    session = Path(f"/proc/{pid}/autogroup")
    with contextlib.suppress(OSError):
        try:
            session.write_text(str(BEHIND))
        except BlockingIOError:  # who is not root may say so ten times a second
            time.sleep(SAID_AGAIN)
            session.write_text(str(BEHIND))
