"""OpenAI's chat API on loopback: a model that says what it is made to, and misbehaves on request."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.fakes import misbehaving

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
    "endless": (200, {}, b" " * 1_000_000),
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


class _Handler(misbehaving.Handler):
    model: Model

    def do_POST(self) -> None:  # noqa: N802 (the library's)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        day, answer = self.model.take(body, headers)
        self.answer(day, answer, BAD)

    def end_headers(self) -> None:
        self.send_header("Content-Type", "application/json")
        super().end_headers()


@contextmanager
def serve() -> Iterator[Model]:
    """Run the model on a free port while the block lasts."""
    model = Model()
    with misbehaving.listening(type("Handler", (_Handler,), {"model": model})) as address:
        model.url = f"{address}/v1"
        yield model
