"""PostgreSQL, Valkey, and every server that is measured, all started as `make run` starts ours."""

import contextlib
import hashlib
import json
import os
import signal
import socket
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import jwt
import orjson
import psycopg
import redis
from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts.models import Tier
from discovery.models import Dataset
from omicsoracle.embedded import postgres, valkey
from omicsoracle.embedded.guard import Guard
from omicsoracle.embedded.processes import Home, spawn, wait_until
from omicsoracle.embedded.processes import Server as Process
from omicsoracle.run import children, example, install
from tests.evaluation.servers import POSTGRES
from tests.factories import ApiKeyFactory, UserFactory
from tests.performance.requests.processes import pin_workers
from tests.performance.requests.subjects import (
    SEARCH,
    Headers,
    Server,
    asking,
    questions_from,
    raw,
)
from tests.performance.starter import drop_database, make_database
from tests.ports import free_port

DATABASE, PEER_DATABASE = "requests_measured", "peer_measured"
PEOPLE = 200
PEER = Path(__file__).parents[1] / "peer"
PEER_VALKEY = 100  # its number among Valkey's databases
PEER_SECRET = "only-for-the-bench-" + "p" * 40
OUR_APPLICATION = "omicsoracle.rsgi:application"


@dataclass(slots=True)
class Site:
    """The servers by name, and who asks them what. `peer_missing` says why there is no peer."""

    home: Home
    shared: list[int]
    keys: list[Headers] = field(default_factory=list)
    tokens: list[Headers] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    accessions: list[str] = field(default_factory=list)
    servers: dict[str, Server] = field(default_factory=dict)
    answer: bytes = b""
    peer_missing: str = ""


@contextlib.contextmanager
def serving(
    *, with_peer: bool, forms: Mapping[str, Mapping[str, str]] | None = None
) -> Iterator[Site]:
    """Run everything while the block lasts.

    :param forms: environments by name: our web server runs once more in each of them
    """
    guard = Guard()
    home = Home(settings.VAR_DIR, settings.SOCKET_DIR, guard)
    with contextlib.ExitStack() as stack:
        stack.callback(guard.close)
        database = postgres.start(home, options=POSTGRES)
        stack.callback(database.stop)
        stack.callback(connection.close)
        memory = valkey.start(home, options=valkey.FORGETFUL)
        stack.callback(memory.stop)
        site = Site(home, [database.process.pid, memory.process.pid])
        _fill(site)
        _make_peer_database()
        _start_ours(site, stack)
        _start_bare(site, stack)
        for name, environment in (forms or {}).items():
            _start_form(site, stack, name, environment)
        if with_peer:
            _start_peers(site, stack)
        yield site


def _fill(site: Site) -> None:
    """Make a database with the starter catalogue and 200 people whom no limit holds up."""
    make_database(DATABASE)
    site.keys = people()
    site.questions = questions()
    site.accessions = list(Dataset.objects.values_list("accession", flat=True))


def people() -> list[Headers]:
    """Make people of the enterprise tier; return the headers that they send."""
    users = [UserFactory(tier=Tier.ENTERPRISE) for _ in range(PEOPLE)]
    return [{"X-API-Key": ApiKeyFactory(user=user).text} for user in users]


def questions() -> list[str]:
    """Return what people ask of the catalogue that is there."""
    titles = Dataset.objects.order_by("accession").values_list("title", flat=True)
    return questions_from(list(titles))


def _make_peer_database() -> None:
    drop_database(PEER_DATABASE)
    with connection.cursor() as cursor:
        cursor.execute(f"create database {PEER_DATABASE}")


def _start_ours(site: Site, stack: contextlib.ExitStack) -> None:
    port = free_port()
    ours = {"DATABASE_NAME": DATABASE, "LOG_LEVEL": "WARNING"}
    web = _start(site, stack, _web(port, "web-measured", **ours))
    wait_until(site.home, example.Site(port).is_ready, web)
    others = [
        _start(site, stack, replace(one, environment=one.environment | ours))
        for one in (children.worker(), children.beat())
    ]
    site.servers["ours"] = _pinned(site, port, web, *others)
    request = raw("POST", SEARCH, site.keys[0], asking(site.questions[0]))
    site.answer = _body_of(port, request)


def _start_form(
    site: Site, stack: contextlib.ExitStack, name: str, environment: Mapping[str, str]
) -> None:
    port = free_port()
    web = _start(
        site, stack, _web(port, f"web-{port}", **{"DATABASE_NAME": DATABASE, **environment})
    )
    wait_until(site.home, example.Site(port).is_ready, web)
    site.servers[name] = _pinned(site, port, web)


def _start_bare(site: Site, stack: contextlib.ExitStack) -> None:
    """Start the bare views on the same server, in the form that is best for them: WSGI, two threads."""
    answer, port = site.home.var / "bare-answer.json", free_port()
    answer.write_bytes(site.answer)
    program = _web(
        port,
        "bare",
        DJANGO_SETTINGS_MODULE="tests.performance.bare.settings",
        BARE_ANSWER=str(answer),
    )
    theirs = {OUR_APPLICATION: "tests.performance.bare.wsgi:application", "rsgi": "wsgi"}
    arguments = (*(theirs.get(one, one) for one in program.arguments), "--blocking-threads", "2")
    bare = _start(site, stack, replace(program, arguments=arguments))
    wait_until(site.home, _listens(port, "/django"), bare)
    site.servers["bare"] = _pinned(site, port, bare)


def _start_peers(site: Site, stack: contextlib.ExitStack) -> None:
    """Start the peer in both forms, in an environment of its own; note it if that cannot be had."""
    folder = settings.BASE_DIR / "var" / "peer-venv"
    try:
        install.install(folder, [settings.BASE_DIR / "requirements" / "peer.txt"], "peer")
    except install.CannotInstall as error:
        site.peer_missing = f"The peer was not measured: its packages cannot be installed: {error}."
        return
    _fill_peer(site)
    workers = str(settings.WEB_WORKERS)
    usual: tuple[str, ...] = (
        "-m",
        "uvicorn",
        "usual:app",
        "--workers",
        workers,
        "--log-level",
        "warning",
    )
    tuned: tuple[str, ...] = (
        "-m",
        "granian",
        "tuned:app",
        "--interface",
        "asgi",
        "--loop",
        "uvloop",
    )
    tuned += ("--host", "127.0.0.1", "--http", "1", "--no-ws", "--workers", workers)
    for name, arguments in (("usual", usual), ("tuned", tuned)):
        port = free_port()
        command = [str(folder / "bin" / "python"), *arguments, "--port", str(port)]
        peer = spawn(
            site.home,
            f"peer-{name}",
            command,
            stop_signal=signal.SIGTERM,
            cwd=PEER,
            env={**os.environ, **_peer_environment()},  # noqa: TID251 (for a child)
        )
        stack.callback(peer.stop)
        children.put_behind(peer)
        wait_until(site.home, _listens(port, "/docs"), peer)
        site.servers[name] = _pinned(site, port, peer)


def _peer_environment() -> dict[str, str]:
    return {
        "DATABASE_URL": f"postgresql+asyncpg://postgres@/{PEER_DATABASE}?host={settings.SOCKET_DIR}",
        "REDIS_URL": f"unix://{settings.SOCKET_DIR}/valkey.sock?db={PEER_VALKEY}",
        "JWT_SECRET": PEER_SECRET,
    }


def _fill_peer(site: Site) -> None:
    """Give the peer as many users, and the answer that we gave."""
    until = timezone.now() + timedelta(days=1)
    url = f"host={settings.SOCKET_DIR} port=5432 user=postgres dbname={PEER_DATABASE}"
    with psycopg.connect(url) as database:
        database.execute((PEER / "schema.sql").read_text())
        for number in range(PEOPLE):
            row = database.execute(
                "insert into users (id, email, hashed_password)"
                " values (gen_random_uuid(), %s, '') returning id",
                [f"peer{number}@example.org"],
            ).fetchone()
            assert row is not None
            claims = {"sub": str(row[0]), "exp": until}
            token = jwt.encode(claims, PEER_SECRET, algorithm="HS256")
            site.tokens.append({"Authorization": f"Bearer {token}"})
    digest = hashlib.sha256(orjson.dumps(asking(site.questions[0]))).hexdigest()
    with redis.Redis.from_url(_peer_environment()["REDIS_URL"]) as cache:
        cache.flushdb()
        cache.set(f"geo:query:{digest}", site.answer)


def _web(port: int, name: str, **environment: str) -> children.Program:
    web = children.web(port=port, workers=settings.WEB_WORKERS, threads=settings.WEB_THREADS)
    return replace(web, name=name, environment=web.environment | environment)


def _start(site: Site, stack: contextlib.ExitStack, program: children.Program) -> Process:
    server = children.start(site.home, program, project=settings.BASE_DIR)
    stack.callback(server.stop)
    return server


def _pinned(site: Site, port: int, web: Process, *others: Process) -> Server:
    pin_workers(web.process.pid)
    pids = [web.process.pid, *(one.process.pid for one in others)]
    return Server(port, [*pids, *site.shared])


def _listens(port: int, path: str) -> Callable[[], bool]:
    def listens() -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=2):
                return True
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False

    return listens


def _body_of(port: int, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        client.sendall(request.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
        said = b"".join(iter(lambda: client.recv(65_536), b""))
    head, _, body = said.partition(b"\r\n\r\n")
    if b" 200 " not in head.split(b"\r\n")[0]:
        raise RuntimeError(f"Our own search answered: {said[:500]!r}")
    json.loads(body)
    return body
