"""Between the web server's interface (RSGI) and Django's (WSGI): one request, one thread."""

import asyncio
import io
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import structlog
from granian.rsgi import HTTPProtocol, ProtocolClosed, Scope

Header = tuple[str, str]
Application = Callable[[dict[str, Any], Any], Iterable[bytes]]

PART_SECONDS = 30  # how long the reader of a long answer may take for a part of it
# Headers that WSGI calls by names without HTTP_.
BARE_NAMES = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: the status, the headers in their order, and the body."""

    status: int
    headers: list[Header]
    body: bytes

    def send(self, protocol: HTTPProtocol) -> None:
        if self.body:
            protocol.response_bytes(self.status, self.headers, self.body)
        else:
            protocol.response_empty(self.status, self.headers)


class Work:
    """A request that a thread works on; `environ` is as the application leaves it."""

    def __init__(self, scope: Scope, body: bytes, protocol: HTTPProtocol) -> None:
        self.environ = environ_of(scope, body)
        self._protocol = protocol
        self._loop = asyncio.get_running_loop()
        self._status = 500
        self._headers: list[Header] = []

    def answer(
        self, application: Application, *, then: Callable[[Answer], None] | None = None
    ) -> Answer | None:
        """Have it answered; None: the answer was made as it was sent, and is sent.

        All of it happens in this thread: a database connection is one thread's own.

        :param then: called with the answer while the request is not yet over
        """
        made = application(self.environ, self._start)
        try:
            if getattr(made, "streaming", False):
                self._stream(made)
                return None
            answer = Answer(self._status, self._headers, b"".join(made))
            if then:
                then(answer)
            return answer
        finally:
            if close := getattr(made, "close", None):
                close()

    def _start(self, status: str, headers: list[Header], *_: Any) -> None:
        self._status, self._headers = int(status[:3]), list(headers)

    def _stream(self, parts: Iterable[bytes]) -> None:
        transport = self._in_loop(self._begin())
        try:
            for part in parts:
                self._in_loop(_send(transport, part))
        except (ProtocolClosed, TimeoutError) as error:
            logger.info("an answer was not read to its end", error=type(error).__name__)

    async def _begin(self) -> Any:
        return self._protocol.response_stream(self._status, self._headers)

    def _in_loop(self, act: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(act, self._loop).result(PART_SECONDS)


async def _send(transport: Any, part: bytes) -> None:
    await transport.send_bytes(part)


def environ_of(scope: Scope, body: bytes) -> dict[str, Any]:
    """Return the request as WSGI has it: text is bytes, read as Latin-1."""
    name, _, port = scope.server.rpartition(":")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "SERVER_NAME": name,
        "SERVER_PORT": port,
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for header, value in scope.headers.items():
        called = BARE_NAMES.get(header) or f"HTTP_{header.upper().replace('-', '_')}"
        joint = "; " if header == "cookie" else ","
        environ[called] = f"{environ[called]}{joint}{value}" if called in environ else value
    return environ


def is_length(text: str, *, most: int) -> bool:
    """Say whether a header tells a length of so many bytes at most."""
    return text.isascii() and text.isdigit() and len(text) <= len(str(most)) and int(text) <= most
