"""Agents: the protocol's own client, over loopback, against the application of `live`."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import httpx2
import pytest
import redis
import uvicorn
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from accounts.models import User
from discovery.services import catalogue
from omicsoracle.asgi import Plain
from quotas import degraded
from quotas.services import effective
from tests.discovery.conftest import NOON, SERIES, lines_of
from tests.factories import ApiKeyFactory, UserFactory

Act = Callable[[Client], Awaitable[Any]]
Talk = Callable[..., Any]


class Serving(uvicorn.Server):
    """A server that says when it has begun."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.has_begun = threading.Event()

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self.has_begun.set()


@pytest.fixture(autouse=True)
def _nobody_is_counted(valkey: redis.Redis) -> Iterator[None]:
    effective.memory.clear()
    degraded.shares = degraded.Shares()
    yield
    valkey.flushdb()


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Return where agents are let in."""
    plain = Plain()

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await (plain.live if scope["type"] == "lifespan" else plain)(scope, receive, send)

    config = uvicorn.Config(
        application, host="127.0.0.1", port=0, ws="none", log_config=None, access_log=False
    )
    server = Serving(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    assert server.has_begun.wait(10)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/mcp"
    server.should_exit = True
    thread.join()


@pytest.fixture
def address(server: str, transactional_db: None) -> str:
    """Return where agents are let in, with a catalogue; nothing is embedded, which takes long."""
    catalogue.load(lines=lines_of(SERIES), at=NOON)
    return server


@pytest.fixture
def ada(transactional_db: None) -> User:
    return UserFactory.create()


@pytest.fixture
def key(ada: User) -> str:
    made: Any = ApiKeyFactory(user=ada, scopes=["read"])
    return str(made.text)


@pytest.fixture
def talk(address: str, key: str) -> Talk:
    """Return what connects an agent, has it do something, and returns what came of it."""

    def talk(act: Act, *, mode: str = "auto", **headers: str) -> Any:
        async def connected() -> Any:
            sent = headers or {"X-API-Key": key}
            async with (
                httpx2.AsyncClient(headers=sent, timeout=30) as http,
                Client(streamable_http_client(address, http_client=http), mode=mode) as agent,
            ):
                return await act(agent)

        return asyncio.run(connected())

    return talk


@pytest.fixture
def post(address: str, key: str) -> Callable[..., httpx2.Response]:
    """Return what sends anything at all, as an agent that knows no rules."""

    def post(body: bytes | dict[str, Any], *, method: str = "POST", **headers: str) -> Any:
        sent = {"X-API-Key": key, "Accept": "application/json, text/event-stream"}
        given = {"json": body} if isinstance(body, dict) else {"content": body}
        if isinstance(body, bytes):
            sent["Content-Type"] = "application/json"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        kept = {name: value for name, value in (sent | named).items() if value}
        return httpx2.request(method, address, headers=kept, timeout=30, **given)

    return post
