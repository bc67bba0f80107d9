"""A web server's side of the interface, without a network: requests go in, answers come out."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable
from dataclasses import dataclass, field
from typing import Any

Header = tuple[str, str]


class Headers:
    """A request's headers, as granian gives them."""

    def __init__(self, pairs: Iterable[Header]) -> None:
        self._pairs = [(name.lower(), value) for name, value in pairs]

    def get(self, name: str) -> str | None:
        return next(iter(self.get_all(name)), None)

    def get_all(self, name: str) -> list[str]:
        return [value for one, value in self._pairs if one == name]

    def items(self) -> list[Header]:
        return self._pairs

    def __contains__(self, name: str) -> bool:
        return any(one == name for one, _ in self._pairs)


@dataclass
class Scope:
    """A request but for its body."""

    method: str
    path: str
    headers: Headers
    query_string: str = ""
    scheme: str = "http"
    server: str = "testserver:80"
    client: str = "127.0.0.1:4711"
    http_version: str = "1.1"


@dataclass
class Protocol:
    """A request's body, in parts, and what was answered."""

    parts: list[bytes]
    parts_read: int = 0
    status: int = 0
    headers: list[Header] = field(default_factory=list)
    body: bytes = b""

    def __call__(self) -> "asyncio.Future[bytes]":
        return asyncio.ensure_future(self._whole())

    async def _whole(self) -> bytes:
        return b"".join([part async for part in self])

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self.parts:
            self.parts_read += 1
            yield part

    def response_bytes(self, status: int, headers: list[Header], body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body

    def response_empty(self, status: int, headers: list[Header]) -> None:
        self.response_bytes(status, headers, b"")

    def response_stream(self, status: int, headers: list[Header]) -> "Protocol":
        self.response_bytes(status, headers, b"")
        return self

    async def send_bytes(self, part: bytes) -> None:
        self.body += part

    def header(self, name: str) -> str:
        return dict(self.headers)[name]


def asking(
    method: str,
    path: str,
    *,
    headers: Iterable[Header] = (),
    parts: Iterable[bytes] = (),
    **scope: str,
) -> tuple[Scope, Protocol]:
    """Return a request as a server hands it over."""
    given = Scope(method, path, Headers([("Host", "testserver"), *headers]), **scope)
    return given, Protocol(list(parts))


class Loop:
    """An event loop that stands still between requests."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self._loop.run_until_complete(work)

    def close(self) -> None:
        self.run(asyncio.sleep(0.01))  # connections that were ended are closed now
        self._loop.close()
