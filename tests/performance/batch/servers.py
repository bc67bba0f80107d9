"""The processes of a real installation, started again whenever they die."""

import contextlib
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import psutil
import redis
from django.conf import settings
from django.db import connection

from omicsoracle.embedded import postgres, valkey
from omicsoracle.embedded.guard import Guard
from omicsoracle.embedded.processes import Home, Server, wait_until
from omicsoracle.run import children, example
from omicsoracle.run.children import Program
from tests.performance.starter import make_database
from tests.ports import free_port

DATABASE = "batch_measured"
WORKERS = ("batch-1", "batch-2")  # as on two machines, a process each that works on questions
PROCESSES = len(WORKERS)
LOOK_EVERY = 0.2  # seconds
OURS = {"DATABASE_NAME": DATABASE, "LOG_LEVEL": "WARNING", "BATCH_PROCESSES": "2"}


@dataclass(slots=True)
class Site:
    """Everything that runs, by name. A thread starts again what is dead."""

    home: Home
    port: int
    starts: dict[str, Callable[[], Server]] = field(default_factory=dict)
    running: dict[str, Server] = field(default_factory=dict)
    family: dict[int, psutil.Process] = field(default_factory=dict)
    calm: dict[int, str] = field(default_factory=dict)  # what came of queries that nobody disturbed
    is_over: threading.Event = field(default_factory=threading.Event)

    def start(self, name: str, start: Callable[[], Server]) -> Server:
        self.starts[name] = start
        self.running[name] = start()
        return self.running[name]

    def watch(self) -> None:
        while not self.is_over.wait(LOOK_EVERY):
            for name, server in list(self.running.items()):
                self._note(server)
                if server.process.poll() is not None and name in self.starts:
                    server.guard.forget(server.process.pid)
                    self.running[name] = self.starts[name]()

    def stop(self, name: str) -> None:
        self.running[name].stop()

    def victims(self, name: str) -> list[psutil.Process]:
        """Return the process of this name, and its children, which outlive it for a while."""
        self._note(self.running[name])
        with contextlib.suppress(psutil.NoSuchProcess):
            main = psutil.Process(self.running[name].process.pid)
            return [main, *main.children()]
        return []

    def kill_one(self) -> str:
        """Kill one of all processes of ours with SIGKILL; say which."""
        found = [(name, one) for name in self.starts for one in self.victims(name)]
        name, chosen = random.choice(found)  # noqa: S311 (no secret)
        is_main = chosen.pid == self.running[name].process.pid
        with contextlib.suppress(psutil.NoSuchProcess):
            chosen.kill()
        return name if is_main else f"{name}'s child"

    def kill_all(self, names: Sequence[str]) -> None:
        """Kill the processes of these names, and their children, with SIGKILL."""
        for one in [one for name in names for one in self.victims(name)]:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()

    def flush(self) -> None:
        with redis.Redis.from_url(settings.REDIS_URL) as client:
            client.flushall()

    def end(self) -> None:
        """End all that was ours, also children whose parents were killed."""
        self.is_over.set()
        for name in self.starts:
            self.running[name].stop()
        for process in self.family.values():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()  # psutil compares when it was born

    def _note(self, server: Server) -> None:
        with contextlib.suppress(psutil.NoSuchProcess):
            for one in psutil.Process(server.process.pid).children(recursive=True):
                self.family.setdefault(one.pid, one)


@contextlib.contextmanager
def serving() -> Iterator[Site]:
    """Run everything while the block lasts; PostgreSQL writes to disk as in production."""
    guard = Guard()
    home = Home(settings.VAR_DIR, settings.SOCKET_DIR, guard)
    with contextlib.ExitStack() as servers:
        servers.callback(guard.close)
        site = Site(home, free_port())
        data = {
            "postgres": partial(postgres.start, home),
            "valkey": partial(valkey.start, home),
            "cache": partial(valkey.start_cache, home, max_bytes=settings.CACHE_L2_BYTES),
        }
        for name, start in data.items():
            site.running[name] = start()
            servers.callback(site.stop, name)
        servers.callback(connection.close)
        site.flush()
        make_database(DATABASE)
        servers.callback(site.end)
        for program in _programs(site.port):
            site.start(program.name, partial(_start, home, program))
        wait_until(home, example.Site(site.port).is_ready, site.running["web"])
        threading.Thread(target=site.watch, daemon=True).start()
        yield site


def wait(is_so: Callable[[], bool], *, seconds: float) -> float:
    """Wait until it is so, and return how long that took.

    :raises TimeoutError: if it takes too long
    """
    started = time.monotonic()
    while not is_so():
        if time.monotonic() - started > seconds:
            raise TimeoutError
        time.sleep(0.1)
    return time.monotonic() - started


def _programs(port: int) -> list[Program]:
    programs = (
        children.web(port=port, workers=1, threads=8),
        children.worker(),
        *(_batch_worker(name) for name in WORKERS),
        children.beat(),
    )
    return [replace(one, environment={**one.environment, **OURS}) for one in programs]


def _batch_worker(name: str) -> Program:
    made = children.batch_worker(processes=1)
    named = (one.replace("batch@", f"{name}@") for one in made.arguments)
    return replace(made, name=name, arguments=tuple(named))


def _start(home: Home, program: Program) -> Server:
    return children.start(home, program, project=settings.BASE_DIR)
