"""Calls of the HTTP API, made in this process in somebody's name."""

import asyncio
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Self

import httpx2
from django.conf import settings
from starlette.datastructures import Headers

from accounts import keys
from accounts.authentication import API_KEY, BEARER, scheme_of
from common import request_id
from common.errors import ServiceUnavailable

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

ROOT = "/api/v2/"
JSON = {"content-type": "application/json"}
# The credential, the address behind proxies, and what program it is.
PASSED_ON = ("x-api-key", "authorization", "x-forwarded-for", "user-agent")


class TooManyCalls(ServiceUnavailable):
    """More is asked than the threads get done in good time."""

    detail = "Too much is asked at the moment. Try again in a second."


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: the headers that say so, and the address that they connect from."""

    headers: Mapping[str, str]
    host: str
    address: str

    @classmethod
    def of(cls, scope: Mapping[str, Any]) -> Self:
        """Return who sends an HTTP request (an ASGI scope)."""
        sent = Headers(raw=scope["headers"])
        told = {name: ascii_of(sent.getlist(name)) for name in PASSED_ON if name in sent}
        if "authorization" in told:
            told["authorization"] = _as_the_api_takes_it(told["authorization"])
        client = scope.get("client") or ("", 0)
        return cls(told, sent.get("host", ""), client[0])


@dataclass(frozen=True, slots=True)
class Answer:
    """What the API answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_good(self) -> bool:
        return self.status < HTTPStatus.BAD_REQUEST


class Contract:
    """Asks the WSGI application in threads of its own, as many at once as there are connections for."""

    def __init__(self, application: "WSGIApplication") -> None:
        self._application = application
        self._threads = ThreadPoolExecutor(settings.MCP_THREADS, "mcp")
        self._asked = 0

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def ask(
        self, caller: Caller, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> Answer:
        """Return the API's answer to a call in the caller's name.

        :param path: below /api/v2/
        :raises TooManyCalls: if too many wait already
        """
        if self._asked >= settings.MCP_THREADS + settings.MCP_WAITING:
            raise TooManyCalls(retry_after=1)
        request = self._request(caller, method, path, body)
        self._asked += 1
        try:
            act = partial(self._answer, request, caller.address)
            return await asyncio.get_running_loop().run_in_executor(self._threads, act)
        finally:
            self._asked -= 1

    def _request(
        self, caller: Caller, method: str, path: str, body: Mapping[str, Any] | None
    ) -> httpx2.Request:
        return httpx2.Request(
            method,
            # Nothing is sent over a wire: as safe as https, which production insists on.
            f"https://{caller.host}{ROOT}{path}",
            headers={**caller.headers, **JSON, **request_id.sent_as(request_id.HEADER)},
            content=None if body is None else json.dumps(body).encode(),
        )

    def _answer(self, request: httpx2.Request, address: str) -> Answer:
        door = httpx2.WSGITransport(app=self._application, remote_addr=address)
        with closing(door.handle_request(request)) as response:
            return Answer(response.status_code, response.headers, response.read())


def ascii_of(values: list[str]) -> str:
    """Return a header as WSGI has it: one text, in which what is no ASCII fits nobody's credential."""
    return ",".join(values).encode("ascii", "replace").decode("ascii")


def _as_the_api_takes_it(header: str) -> str:
    """Return an `Authorization`. Agents can often say only Bearer, and mean an API key by it."""
    scheme, credential = scheme_of(header)
    is_key = scheme == BEARER and credential.startswith(f"{keys.MARK}_")
    return f"{API_KEY} {credential}" if is_key else header
