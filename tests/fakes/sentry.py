"""A receiver of reports of faults, as Sentry's envelopes bring them."""

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.fakes import misbehaving


@dataclass
class Receiver:
    """What arrived: events and transactions, and all of it as text."""

    dsn: str = ""
    items: list[dict[str, Any]] = field(default_factory=list)
    text: str = ""

    def take(self, body: bytes) -> None:
        """Read an envelope: a header, then pairs of an item's header and the item."""
        self.text += body.decode()
        lines = body.splitlines()[1:]
        for header, payload in zip(lines[::2], lines[1::2], strict=False):
            if json.loads(header)["type"] in {"event", "transaction"}:
                self.items.append(json.loads(payload))

    def of(self, level: str) -> list[dict[str, Any]]:
        return [one for one in self.items if one.get("level") == level]


class _Handler(misbehaving.Handler):
    receiver: Receiver

    def do_POST(self) -> None:  # noqa: N802 (the library's)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self.receiver.take(body)
        self.answer("", b"{}", {})


@contextmanager
def serve() -> Iterator[Receiver]:
    """Receive on any port that is free, while the block lasts."""
    receiver = Receiver()
    handler = type("Handler", (_Handler,), {"receiver": receiver})
    with misbehaving.listening(handler) as address:
        receiver.dsn = f"{address.replace('://', '://public-key@')}/1"
        yield receiver
