"""`/mcp` over HTTP: who may come in, with what. Nothing is kept between two requests.

Who asks is asked of the API (`auth/me`, which counts nothing), so a bad credential is refused as the
protocol wants it, with 401, and not only when a tool is called.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpResponse
from django.http.request import split_domain_port, validate_host
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from rest_framework.exceptions import APIException
from starlette.datastructures import Headers

from common import request_id
from common.errors import OracleError
from common.parsers import read_object
from common.problems import problem_response
from common.translation import translate
from omicsoracle.mcp.contract import Answer, Caller, Contract
from omicsoracle.mcp.server import CALLER, server_of

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

BODY_SECONDS = 20
PASSED_BACK = ("content-type", "www-authenticate", "retry-after")


class BodyLate(OracleError):
    """A request began, and does not go on."""

    status = 408
    code = "request_timeout"


class NotForUs(OracleError):
    """The request names another host, or comes from a page that is none of ours."""

    status = 403
    code = "permission_denied"


class Door:
    """The ASGI application of `/mcp`."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._manager = StreamableHTTPSessionManager(
            server_of(contract), json_response=True, stateless=True
        )

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Answer while the block lasts."""
        async with self._manager.run():
            yield
        self._contract.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        chosen = request_id.choose(Headers(raw=scope["headers"]).get("x-request-id"))
        with request_id.bound(chosen):
            try:
                await self._let_in(scope, receive, _naming(send, chosen))
            except (OracleError, APIException) as refusal:
                error = translate(refusal) or OracleError()
                await _send(problem_response(error), _naming(send, chosen))

    async def _let_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(raw=scope["headers"])
        require_our_host(headers)
        if (
            scope["method"] != "POST"
        ):  # streams of what nobody asked for, and sessions: there are none
            raise OracleError.of("method_not_allowed", headers={"Allow": "POST"})
        caller = Caller.of(scope)
        body = await body_of(headers, receive)
        read_object(body)
        known = await self._contract.ask(caller, "GET", "auth/me")
        if not known.is_good:
            await _pass_back(known, send)
            return
        await self._manager.handle_request({**scope, CALLER: caller}, _again(body, receive), send)


def require_our_host(headers: Headers) -> None:
    """Go on only if the request is for one of our names, and from no page of another site's.

    So no page that a name was turned around under (DNS rebinding) reaches who listens on loopback.
    The rule is Django's, with its patterns; the library's own takes whole names only.

    :raises NotForUs: if it is not
    """
    domain, _ = split_domain_port(headers.get("host", ""))
    if not (domain and validate_host(domain, settings.ALLOWED_HOSTS)):
        raise NotForUs("There is no such host here: use a name of this site.")
    origin = headers.get("origin")
    if origin is None or origin in settings.CORS_ALLOWED_ORIGINS:
        return
    name = urlsplit(origin).hostname
    if not (name and validate_host(name, settings.ALLOWED_HOSTS)):
        raise NotForUs("Pages of other sites may not ask: see CORS_ALLOWED_ORIGINS.")


async def body_of(headers: Headers, receive: Receive) -> bytes:
    """Return a body that is no larger, and comes no later, than one of the API may.

    :raises OracleError: if it does
    """
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise OracleError.of("unsupported_media_type")
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while True:
                message = await receive()
                body += message.get("body", b"")
                if len(body) > settings.MAX_BODY_BYTES:
                    raise OracleError.of("payload_too_large")
                if not message.get("more_body"):
                    return bytes(body)
    except TimeoutError as error:
        raise BodyLate from error


def _again(body: bytes, receive: Receive) -> Receive:
    """Return what gives the body that was read, and then whatever follows."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return waiting.pop() if waiting else await receive()

    return replayed


def _naming(send: Send, chosen: str) -> Send:
    """Return what sends an answer with the request's id, and keeps caches away from it."""
    added = [
        (request_id.HEADER.lower().encode(), chosen.encode()),
        (b"cache-control", b"private, no-store"),
        (b"x-content-type-options", b"nosniff"),
    ]
    names = {name for name, _ in added}

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            others = [one for one in message.get("headers", ()) if one[0].lower() not in names]
            message = {**message, "headers": [*others, *added]}
        await send(message)

    return sent


async def _pass_back(answer: Answer, send: Send) -> None:
    headers = {name: answer.headers[name] for name in PASSED_BACK if name in answer.headers}
    await _send(HttpResponse(answer.body, status=answer.status, headers=headers), send)


async def _send(response: HttpResponse, send: Send) -> None:
    headers = [(name.lower().encode(), value.encode()) for name, value in response.items()]
    start = {"type": "http.response.start", "status": response.status_code, "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": response.content})
