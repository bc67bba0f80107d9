"""Two web servers on ports of their own, with one PostgreSQL and one Valkey."""

import contextlib
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass, replace

from django.conf import settings
from django.db import connection

from omicsoracle.embedded import postgres, valkey
from omicsoracle.embedded.guard import Guard
from omicsoracle.embedded.processes import Home, Server, wait_until
from omicsoracle.run import children, example
from tests.evaluation.servers import POSTGRES
from tests.performance.starter import make_database
from tests.ports import free_port

DATABASE = "accounts_measured"
# Two servers of one process: together as many processes as one server of `make run` has.
WORKERS, THREADS = 1, 8
MANY = {"max_connections": "300"}


@dataclass(slots=True)
class Site:
    """The two web servers' ports, and Valkey, which can be taken away from them."""

    home: Home
    ports: tuple[int, int]
    _valkey: Server
    _cache: Server

    @contextlib.contextmanager
    def valkey_frozen(self) -> Iterator[None]:
        """Let Valkey take connections, but answer nothing."""
        os.kill(self._valkey.process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self._valkey.process.pid, signal.SIGCONT)

    @contextlib.contextmanager
    def valkey_gone(self) -> Iterator[None]:
        """End Valkey, and start it again."""
        self._valkey.stop()
        try:
            yield
        finally:
            self._valkey = _start_valkey(self.home)

    @contextlib.contextmanager
    def cache_frozen(self) -> Iterator[None]:
        """Let the second level take connections, but answer nothing."""
        os.kill(self._cache.process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self._cache.process.pid, signal.SIGCONT)

    @contextlib.contextmanager
    def cache_gone(self) -> Iterator[None]:
        """End the second level, and start it again, empty."""
        self._cache.stop()
        try:
            yield
        finally:
            self._cache = _start_cache(self.home)

    @contextlib.contextmanager
    def web_servers(self, **environment: str) -> Iterator[tuple[Server, Server]]:
        """Run two more web servers, with these variables, instead of the first ones at `ports`."""
        before = self.ports
        self.ports = (free_port(), free_port())
        with contextlib.ExitStack() as servers:
            servers.callback(setattr, self, "ports", before)
            one, other = (_start_web(self.home, port, **environment) for port in self.ports)
            servers.callback(one.stop)
            servers.callback(other.stop)
            yield one, other

    def stop_valkeys(self) -> None:
        self._valkey.stop()
        self._cache.stop()


@contextlib.contextmanager
def serving(*, web_servers: int = 2) -> Iterator[Site]:
    """Run everything while the block lasts; models work on the same database.

    :param web_servers: how many run all the time; a part may run its own
    """
    guard = Guard()
    home = Home(settings.VAR_DIR, settings.SOCKET_DIR, guard)
    with contextlib.ExitStack() as servers:
        servers.callback(guard.close)
        servers.callback(postgres.start(home, options=POSTGRES | MANY).stop)
        servers.callback(connection.close)
        make_database(DATABASE)
        site = Site(home, (free_port(), free_port()), _start_valkey(home), _start_cache(home))
        servers.callback(site.stop_valkeys)
        for port in site.ports[:web_servers]:
            servers.callback(_start_web(home, port).stop)
        yield site


def _start_valkey(home: Home) -> Server:
    return valkey.start(home, options=valkey.FORGETFUL)


def _start_cache(home: Home) -> Server:
    return valkey.start_cache(home, max_bytes=settings.CACHE_L2_BYTES)


def _start_web(home: Home, port: int, **environment: str) -> Server:
    web = children.web(port=port, workers=WORKERS, threads=THREADS)
    ours = {"DATABASE_NAME": DATABASE, "TRUSTED_PROXIES": "127.0.0.1", "LOG_LEVEL": "WARNING"}
    ours["QUOTA_EXPENSIVE_AT_ONCE"] = "1000"  # one key stands for many users
    ours |= environment
    program = replace(web, name=f"web-{port}", environment=web.environment | ours)
    server = children.start(home, program, project=settings.BASE_DIR)
    wait_until(home, example.Site(port).is_ready, server)
    return server
