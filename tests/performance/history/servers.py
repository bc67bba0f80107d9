"""A web server of one process, and those who store what it leaves."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace

from django.conf import settings

from omicsoracle.embedded.processes import Home, wait_until
from omicsoracle.run import children, example
from tests.ports import free_port


@contextlib.contextmanager
def web(home: Home, database: str, **environment: str) -> Iterator[tuple[int, int]]:
    """Run the web server while the block lasts. Yields its port and its process."""
    port = free_port()
    program = children.web(port=port, workers=1, threads=8)
    ours = {"DATABASE_NAME": database, "LOG_LEVEL": "WARNING", **environment}
    program = replace(program, name=f"web-{port}", environment=program.environment | ours)
    server = children.start(home, program, project=settings.BASE_DIR)
    try:
        wait_until(home, example.Site(port).is_ready, server)
        yield port, server.process.pid
    finally:
        server.stop()


@contextlib.contextmanager
def storing(home: Home, database: str) -> Iterator[None]:
    """Run the worker and beat, who store what comes in."""
    with contextlib.ExitStack() as stack:
        for one in (children.worker(), children.beat()):
            ours = {"DATABASE_NAME": database, "LOG_LEVEL": "WARNING"}
            program = replace(one, environment=one.environment | ours)
            server = children.start(home, program, project=settings.BASE_DIR)
            stack.callback(server.stop)
        yield
