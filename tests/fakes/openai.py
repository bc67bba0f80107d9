"""OpenAI's chat API on loopback: a model that says what it is made to, and misbehaves on request."""

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Said = Callable[[dict[str, Any]], str]
# Status, headers and body of what a bad day looks like.
BAD: dict[str, tuple[int, dict[str, str], bytes]] = {
    "503": (503, {}, b'{"error": {"message": "overloaded"}}'),
    "500": (500, {}, b"oops"),
    "429": (429, {"Retry-After": "1"}, b'{"error": {"message": "rate limit"}}'),
    "401": (401, {}, b'{"error": {"message": "bad key"}}'),
    "302": (302, {"Location": "/elsewhere"}, b""),
    "html": (200, {}, b"<!DOCTYPE html><html>Are you human?</html>"),
    "other json": (200, {}, b'{"choices": []}'),
    "gzip": (200, {"Content-Encoding": "gzip"}, b"\x1f\x8b"),
}


def sentences_in(request: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the numbered sentences that a request shows."""
    shown: list[dict[str, Any]] = json.loads(request["messages"][-1]["content"])["sentences"]
    return shown


def quote(request: dict[str, Any]) -> str:
    """Answer like a good model: each sentence, word for word, the last first."""
    told = [{"text": one["text"], "sentence": one["number"]} for one in sentences_in(request)]
    return json.dumps({"points": told[::-1]})


@dataclass
class Model:
    """The server: `bad_days` are lived through one a request, then all is well; `always` stays."""

    url: str = ""
    says: Said = quote
    ends: str = "stop"
    bad_days: list[str] = field(default_factory=list)
    always: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, body: bytes, headers: dict[str, str]) -> tuple[str, bytes]:
        """Note a request; return the kind of day, and what is said on a good one."""
        request = json.loads(body)
        with self.lock:
            self.asked.append(request)
            self.headers.append(headers)
            day = self.bad_days.pop(0) if self.bad_days else self.always
        message = {"role": "assistant", "content": self.says(request)}
        choice = {"index": 0, "message": message, "finish_reason": self.ends}
        answer = {"id": "1", "object": "chat.completion", "created": 1, "model": "m"}
        return day, json.dumps(answer | {"choices": [choice]}).encode()


class _Handler(BaseHTTPRequestHandler):
    model: Model
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        day, answer = self.model.take(body, headers)
        with suppress(ConnectionError):
            if day == "reset":
                self._reset()
            elif day == "half":
                self._send(200, {}, answer, of=len(answer) // 2)
                self.close_connection = True
            elif day == "drip":
                self._send(200, {}, answer, pause=0.05)
            elif day == "endless":
                self._send(200, {}, b" " * 1_000_000)
            else:
                self._send(*BAD.get(day, (200, {}, answer)))

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def _send(
        self,
        status: int,
        headers: dict[str, str],
        body: bytes,
        *,
        of: int | None = None,
        pause: float = 0,
    ) -> None:
        self.send_response(status)
        sent = {"Content-Type": "application/json", "Content-Length": str(len(body))} | headers
        for name, value in sent.items():
            self.send_header(name, value)
        self.end_headers()
        step = 1 if pause else 65536
        for start in range(0, len(body[:of]), step):
            self.wfile.write(body[:of][start : start + step])
            time.sleep(pause)

    def handle(self) -> None:
        with suppress(ConnectionError, ValueError):  # the client went away, or we reset it
            super().handle()

    def finish(self) -> None:
        with suppress(ConnectionError, ValueError, OSError):
            super().finish()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the library's)
        """Say nothing."""


@contextmanager
def serve() -> Iterator[Model]:
    """Run the model on a free port while the block lasts."""
    model = Model()
    handler = type("Handler", (_Handler,), {"model": model})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    model.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield model
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
