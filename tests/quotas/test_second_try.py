"""A read whose connection broke is answered all the same: once more, and counted once."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import OperationalError
from django.test import Client
from psycopg_pool import PoolTimeout

from common import second_try
from discovery.services import catalogue
from quotas.models import Override
from tests.factories import ApiKeyFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("counting", "connection_stays")]
LIST, ME, HOME = "/api/v2/datasets", "/api/v2/auth/me", "/"


@pytest.fixture
def connection_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the test's own connection, whose transaction holds what the test made; be patient."""
    monkeypatch.setattr(second_try, "RESTART", 60.0)
    monkeypatch.setattr(second_try.connections, "close_all", lambda: None)


@pytest.fixture
def client() -> Client:
    user = UserFactory.create()
    Override.objects.create(user=user, values={"hour": 10}, reason="a test")
    key = ApiKeyFactory.create(user=user, scopes=["read", "write"])
    return Client(headers={"X-API-Key": key.text}, raise_request_exception=False)


def lost(cause: Exception) -> OperationalError:
    error = OperationalError(str(cause))
    error.__cause__ = cause
    return error


@pytest.fixture
def breaks(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[int]]:
    """Let the list break so many times, by a cause; return what notes each try."""

    def let_break(times: int, cause: Exception) -> list[int]:
        tries: list[int] = []
        whole = catalogue.matching

        def matching(**given: Any) -> Any:
            tries.append(1)
            if len(tries) <= times:
                raise lost(cause)
            return whole(**given)

        monkeypatch.setattr(catalogue, "matching", matching)
        return tries

    return let_break


@pytest.mark.parametrize(
    "cause", [psycopg.OperationalError("server closed"), psycopg.errors.AdminShutdown("restart")]
)
def test_a_read_is_tried_again_and_counted_once(
    client: Client, breaks: Any, cause: Exception
) -> None:
    tries = breaks(1, cause)

    said = client.get(LIST)

    assert (said.status_code, len(tries)) == (200, 2)
    assert said["X-RateLimit-Remaining"] == "9"


def test_it_is_tried_no_more_than_twice(client: Client, breaks: Any) -> None:
    tries = breaks(9, psycopg.OperationalError("server closed"))

    said = client.get(LIST)

    assert (said.status_code, len(tries), said["Retry-After"]) == (503, 2, "5")


@pytest.mark.parametrize(
    "cause",
    [
        psycopg.errors.QueryCanceled("statement timeout"),
        psycopg.errors.DiskFull("no space"),
        psycopg.errors.TooManyConnections("too many clients"),
    ],
)
def test_what_would_not_get_better_is_not_tried_again(
    client: Client, breaks: Any, cause: Exception
) -> None:
    tries = breaks(1, cause)
    assert (client.get(LIST).status_code, len(tries)) == (503, 1)


def test_who_has_waited_long_does_not_wait_again(
    client: Client, breaks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(second_try, "RESTART", -1.0)
    tries = breaks(1, PoolTimeout("no connection"))
    assert (client.get(LIST).status_code, len(tries)) == (503, 1)


def test_a_write_is_not_tried_again(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[int] = []

    def change(**_: Any) -> None:
        tries.append(1)
        raise lost(psycopg.OperationalError("server closed"))

    monkeypatch.setattr("accounts.services.profile.change", change)

    said = client.patch(ME, {"full_name": "A"}, content_type="application/json")

    assert (said.status_code, len(tries)) == (503, 1)


def test_a_page_without_a_database_says_so_in_words(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise lost(psycopg.errors.DiskFull("no space"))

    monkeypatch.setattr("omicsoracle.pages.home.render", broken)

    said = client.get(HOME)

    assert (said.status_code, said["Retry-After"]) == (503, "30")
    assert said["Content-Type"].startswith("text/html")
    assert b"Load this page again" in said.content
