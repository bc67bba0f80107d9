"""Two web servers of one process each, one PostgreSQL, and a Valkey that can be hurt."""

import contextlib
import itertools
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from typing import Any

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone

from accounts.models import User
from discovery.models import Dataset
from omicsoracle.embedded import postgres, valkey
from omicsoracle.embedded.guard import Guard
from omicsoracle.embedded.processes import Home, wait_until
from omicsoracle.run import children, example
from quotas.models import Override
from quotas.runner import consuming
from quotas.valkey import Away
from tests.evaluation.servers import POSTGRES
from tests.factories import ApiKeyFactory, UserFactory
from tests.performance.quotas.own_valkey import OwnValkey, Proxy
from tests.performance.requests.subjects import raw
from tests.performance.starter import make_database
from tests.ports import free_port

DATABASE = "quotas_measured"
PROCESSES, THREADS = 2, 8
_numbers = itertools.count()


@dataclass(slots=True)
class Site:
    """The web servers' ports, Valkey and its proxy, and processes that make load."""

    home: Home
    valkey: OwnValkey
    proxy: Proxy
    pool: ProcessPoolExecutor
    ports: list[int] = field(default_factory=list)

    def reading(self, user: User) -> bytes:
        """Return a cheap request of a user, that is counted."""
        accession = Dataset.objects.order_by("accession").values_list("accession", flat=True)[0]
        return raw("GET", f"/api/v2/datasets/{accession}", key_of(user))


def key_of(user: User) -> dict[str, str]:
    return {"X-API-Key": ApiKeyFactory(user=user).text}


def limited(**limits: int | None) -> User:
    """Make a user with these limits."""
    user = UserFactory.create(email=f"limited{next(_numbers)}@example.org")
    Override.objects.create(user=user, values=limits, reason="measured")
    return user


@contextlib.contextmanager
def serving() -> Iterator[Site]:
    """Run everything while the block lasts; models work on the same database."""
    guard = Guard()
    home = Home(settings.VAR_DIR, settings.SOCKET_DIR, guard)
    with contextlib.ExitStack() as servers:
        servers.callback(guard.close)
        servers.callback(postgres.start(home, options=POSTGRES).stop)
        servers.callback(connection.close)
        servers.callback(valkey.start_cache(home, max_bytes=settings.CACHE_L2_BYTES).stop)
        own = OwnValkey(home)
        servers.callback(own.stop)
        own.start(is_kept=True)
        proxy = Proxy(own.socket)
        servers.callback(proxy.stop)
        make_database(DATABASE)
        # Forked processes would share our connections to PostgreSQL.
        pool = servers.enter_context(ProcessPoolExecutor(4, mp_context=get_context("spawn")))
        site = Site(home, own, proxy, pool)
        for _ in range(PROCESSES):
            site.ports.append(_start_web(home, servers))
        servers.enter_context(_usage_stored())
        yield site


@contextlib.contextmanager
def _usage_stored() -> Iterator[None]:
    """Store usage every second, as the worker does every two."""
    is_over = threading.Event()

    def store() -> None:
        while not is_over.wait(1):
            with contextlib.suppress(Away, redis.RedisError, DatabaseError):
                consuming.consume(at=timezone.now())
        connection.close()

    thread = threading.Thread(target=store)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def _start_web(home: Home, servers: contextlib.ExitStack) -> int:
    port = free_port()
    web = children.web(port=port, workers=1, threads=THREADS)
    ours: dict[str, Any] = {"DATABASE_NAME": DATABASE, "LOG_LEVEL": "WARNING"}
    ours["QUOTA_PROCESSES"] = str(PROCESSES)
    program = replace(web, name=f"web-{port}", environment=web.environment | ours)
    server = children.start(home, program, project=settings.BASE_DIR)
    servers.callback(server.stop)
    wait_until(home, example.Site(port).is_ready, server)
    return port
