"""What every test may use.

Tests run without a network: only Unix sockets, where PostgreSQL and Valkey listen. A test that
starts a web server of its own is marked `pytest.mark.allow_hosts(["127.0.0.1"])`.
"""

from collections.abc import Iterator

import hypothesis
import pytest
import redis
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.test import TransactionTestCase

from caching import process
from omicsoracle.embedded import postgres
from omicsoracle.embedded import valkey as valkey_server
from omicsoracle.embedded.guard import Guard
from omicsoracle.embedded.processes import Home
from tests.servers import WORKER

# Times on a busy machine say nothing: no deadline, and no complaint about slow generation.
hypothesis.settings.register_profile(
    "shared", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.register_profile(
    "thorough", parent=hypothesis.settings.get_profile("shared"), max_examples=500
)
hypothesis.settings.load_profile("shared")


# What migrations have filled, and nobody changes.
FILLED = {"django_migrations", "django_content_type", "auth_permission"}
EPOCH = "rl:epoch"  # quotas.limiter's, which must not be imported before coverage is measured


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--thorough",
        action="store_true",
        help="look at every cell of the matrices, and at more made-up requests",
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--thorough"):
        hypothesis.settings.load_profile("thorough")


def _empty_tables(test: TransactionTestCase) -> None:
    """Empty what a test filled, after one that committed; Django would fill all else anew."""
    from quotas import seed  # noqa: PLC0415 (not before coverage is measured)

    names = set(connection.introspection.django_table_names(include_views=False)) - FILLED
    full = " union all ".join(
        f"select '{name}' where exists (select from {name})"  # noqa: S608 (names of our tables)
        for name in sorted(names)
    )
    with connection.cursor() as cursor:
        cursor.execute(full)
        if found := [name for (name,) in cursor.fetchall()]:
            cursor.execute(f"truncate {', '.join(found)} cascade")
    seed.add_missing_tiers(apps=apps, using="default")


TransactionTestCase._fixture_teardown = _empty_tables


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Start the servers once, before any of pytest-xdist's workers, who share them.

    Each worker has its own database, and its own database number in Valkey. However the run ends,
    the guard ends the servers and removes their folder.
    """
    if session.config.option.collectonly:
        return
    if not WORKER:
        _start_servers(session)
    _lose_nothing()


def _start_servers(session: pytest.Session) -> None:
    guard = Guard(remove=settings.VAR_DIR)
    session.config.add_cleanup(guard.close)
    home = Home(settings.VAR_DIR, settings.SOCKET_DIR, guard, tell=lambda _: None)
    for server in (
        # What plans rest on is to be the same in every run.
        postgres.start(home, options={**postgres.FORGETFUL, "autovacuum": "off"}),
        valkey_server.start(home, options=valkey_server.FORGETFUL),
        valkey_server.start_cache(home, max_bytes=settings.CACHE_L2_BYTES),
    ):
        session.config.add_cleanup(server.end)


@pytest.fixture(autouse=True)
def _usage_is_stored_by_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no thread store, a second later and in another test, what a slow Valkey did not take."""
    from quotas.services import ring  # noqa: PLC0415 (not before coverage is measured)

    monkeypatch.setattr(ring, "ring", ring.Ring(every=3600))


@pytest.fixture(autouse=True)
def _nothing_is_cached() -> None:
    """Let no test see what another one kept or counted."""
    process.forget()
    with redis.Redis.from_url(settings.CACHE_URL) as client:
        client.flushdb()


def _lose_nothing() -> None:
    """Let Valkey know that no counts are lost: who needs no database is not to look there."""
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.set(EPOCH, "1")


@pytest.fixture
def valkey() -> Iterator[redis.Redis]:
    """Return an empty Valkey of this test's own."""
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.flushdb()
        client.set(EPOCH, "1")
        yield client
