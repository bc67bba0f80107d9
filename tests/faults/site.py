"""The real web server on a PostgreSQL that can be hurt, with a Valkey that is left in peace."""

import contextlib
import json
import os
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from django.conf import settings

from omicsoracle.embedded import valkey
from omicsoracle.embedded.guard import Guard
from omicsoracle.embedded.processes import Server, wait_until
from omicsoracle.run import children, example
from tests.faults.own_postgres import OwnPostgres, own_folder
from tests.performance.quotas.load import Timed, at_rate
from tests.performance.requests.subjects import raw
from tests.ports import free_port

SLOW = """
create or replace function nap() returns trigger language plpgsql as
$$ begin perform pg_sleep(30); return new; end $$;
create trigger nap before update on users for each row execute function nap();
"""
GROWING = """
create table grown (words text);
alter table grown alter words set storage external;
grant all on grown to public;
create or replace function grow() returns trigger language plpgsql as
$$ begin
    insert into grown select repeat(md5(random()::text), 30000) from generate_series(1, 3);
    return new;
end $$;
create trigger grow before update on users for each row execute function grow();
"""
READS = ("/api/v2/datasets?page_size=1", "/api/v2/datasets?page_size=1&organism=human")
WRITE = "/api/v2/auth/me"


@dataclass(frozen=True, slots=True)
class Said:
    """An answer: status, headers in lower case, body."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Site:
    """The servers, and somebody whom no limit holds up."""

    postgres: OwnPostgres
    web: Server
    port: int
    key: str

    @property
    def headers(self) -> dict[str, str]:
        return {"X-API-Key": self.key}

    def ask(self, path: str = READS[0], *, method: str = "GET", body: object = None) -> Said:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            method=method,
            headers=self.headers | {"Content-Type": "application/json"},
            data=None if body is None else json.dumps(body).encode(),
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 (loopback)
                return Said(answer.status, _lower(answer.headers), answer.read())
        except urllib.error.HTTPError as error:
            return Said(error.code, _lower(error.headers), error.read())

    def write(self) -> Said:
        return self.ask(WRITE, method="PATCH", body={"full_name": os.urandom(4).hex()})

    @contextlib.contextmanager
    def slow_writes(self) -> Iterator[None]:
        """Let a write take half a minute as long as the block lasts."""
        self.postgres.ask(SLOW)
        try:
            yield
        finally:
            self.postgres.ask("drop trigger nap on users")

    @contextlib.contextmanager
    def writing(self, every: float = 0.1) -> Iterator[list[int]]:
        """Write again and again while the block runs; yield how each was answered."""
        statuses: list[int] = []
        is_over = threading.Event()

        def write() -> None:
            while not is_over.wait(every):
                statuses.append(self.write().status)

        thread = threading.Thread(target=write)
        thread.start()
        try:
            yield statuses
        finally:
            is_over.set()
            thread.join()

    @contextlib.contextmanager
    def reading(self, rate: float, seconds: float) -> Iterator[list[Timed]]:
        """Send reads, so many a second, while the block runs, and to the end of the seconds."""
        requests = [raw("GET", path, self.headers) for path in READS]
        answers: list[Timed] = []
        with ThreadPoolExecutor(1) as pool:
            sent = pool.submit(at_rate, [self.port], requests, rate, seconds)
            yield answers
            answers += sent.result()


@contextlib.contextmanager
def serving(
    *,
    options: dict[str, str] | None = None,
    data: Path | None = None,
    workers: int = 1,
    threads: int = 4,
) -> Iterator[Site]:
    """Run everything while the block lasts.

    :param data: where PostgreSQL's data lies, in place of beside the rest
    """
    guard = Guard()
    with own_folder() as folder, contextlib.ExitStack() as stack:
        stack.callback(guard.close)
        postgres = OwnPostgres(data or folder, guard, options)
        postgres.home = replace(postgres.home, sockets=folder / "run")
        stack.callback(postgres.end)
        postgres.start()
        home = replace(postgres.home, var=folder)
        stack.callback(valkey.start(home, options=valkey.FORGETFUL).end)
        stack.callback(valkey.start_cache(home, max_bytes=50_000_000).end)
        variables = {
            "VAR_DIR": str(folder),
            "DATABASE_URL": "",
            "LOG_LEVEL": "WARNING",
            "VALKEY_DATABASE": "",
            "CACHE_KEEPER": "on",
            "CACHE_TIMEOUT": "0.5",
        }
        key, *_ = prepared(variables)
        port = free_port()
        program = children.web(port=port, workers=workers, threads=threads)
        environment = program.environment | variables
        program = replace(program, environment=environment)
        web = children.start(home, program, project=settings.BASE_DIR)
        stack.callback(web.end)
        wait_until(home, example.Site(port).is_ready, web)
        yield Site(postgres, web, port, key)


def prepared(variables: dict[str, str]) -> list[str]:
    """Make tables, series and people without limits; return their API keys."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.faults.prepare"],
        env={**os.environ, **variables},  # noqa: TID251 (handed on)
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    keys: list[str] = json.loads(done.stdout)
    return keys


def _lower(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def statuses(answers: Sequence[Timed]) -> dict[int, int]:
    """Return how many answers had each status."""
    found: dict[int, int] = {}
    for one in answers:
        found[one.status] = found.get(one.status, 0) + 1
    return dict(sorted(found.items()))
