"""Two web servers that share PostgreSQL and Valkey, and people who use them."""

import contextlib
import http.client
import io
import json
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import psutil
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from accounts.models import User
from accounts.services import sessions
from tests.evaluation.catalogue import use_database
from tests.evaluation.servers import running, web_server
from tests.factories import UserFactory, hash_of_password

DATABASE = "accounts"
ENVIRONMENT = {"TRUSTED_PROXIES": "127.0.0.1", "BROKER_TIMEOUT": "0.2"}


@dataclass(frozen=True, slots=True)
class Site:
    """The ports of both servers, and an API key for searches."""

    ports: tuple[int, int]
    key: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. The body is JSON, or nothing."""

    status: int
    body: Any
    headers: dict[str, str]
    raw: bytes


class Client:
    """One connection to one server, kept open."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def call(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        """Ask, and return what came back; header names are written with `_`."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent["Content-Type"] = "application/json"
        content = None if body is None else json.dumps(body)
        self._connection.request(method, f"/api/v2/{path}", content, sent)
        answer = self._connection.getresponse()
        raw = answer.read()
        parsed = json.loads(raw) if raw else None
        return Answer(answer.status, parsed, dict(answer.getheaders()), raw)


@contextlib.contextmanager
def two_servers() -> Iterator[Site]:
    """Run all of it while the block lasts, with the starter catalogue."""
    with running() as home:
        use_database(DATABASE)
        call_command("load_starter", stdout=io.StringIO())
        out = io.StringIO()
        call_command("create_demo", json=True, stdout=out)
        connection.close()
        key = json.loads(out.getvalue())["api_key"]
        options = {"database": DATABASE, "threads": 8, "environment": ENVIRONMENT}
        with web_server(home, **options) as one, web_server(home, **options) as other:
            yield Site((one, other), key)


def people(number: int, **fields: object) -> Sequence[User]:
    """Make users whose password is that of the tests."""
    hash_of_password()
    return [
        UserFactory.create(email=f"{timezone.now().timestamp():.6f}-{one}@bench.example", **fields)
        for one in range(number)
    ]


def sign_in(user: User) -> sessions.SignedIn:
    """Start a session without asking a server, which would count and hash."""
    return sessions.start(user=user, user_agent="bench", how="password", at=timezone.now())


def bearer(access: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {access}"}


@contextlib.contextmanager
def valkey_stalled() -> Iterator[None]:
    """Stop the Valkey below var/evaluation while the block lasts: it takes what it is sent, and is silent."""
    socket = str(settings.SOCKET_DIR)
    servers = [
        one
        for one in psutil.process_iter(["cmdline", "name"])
        if "valkey-server" in " ".join(one.info["cmdline"] or [])
        and any(socket in conn.laddr for conn in one.net_connections(kind="unix"))
    ]
    if len(servers) != 1:
        raise RuntimeError(f"{len(servers)} servers instead of one listen in {socket}")
    servers[0].send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        servers[0].send_signal(signal.SIGCONT)


def table(title: str, heading: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a Markdown section."""
    lines = [heading, ["---"] * len(heading), *rows]
    body = "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)
    return f"### {title}\n\n{body}"
