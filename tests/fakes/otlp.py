"""A receiver of traces, as OTLP over HTTP sends them."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.fakes import misbehaving


@dataclass
class Span:
    """A span that arrived."""

    name: str
    id: bytes
    parent: bytes
    trace: str
    attributes: dict[str, Any]
    text: str


@dataclass
class Receiver:
    """What arrived, and with which headers."""

    url: str = ""
    spans: list[Span] = field(default_factory=list)
    resource: dict[str, Any] = field(default_factory=dict)
    headers: list[dict[str, str]] = field(default_factory=list)

    def take(self, body: bytes) -> None:
        request = ExportTraceServiceRequest.FromString(body)
        for one in request.resource_spans:
            self.resource = _values(one.resource.attributes)
            self.spans += [_span(span) for scope in one.scope_spans for span in scope.spans]

    def tree(self, root: str) -> list[str]:
        """Return the spans below the root of a name, each indented by its depth."""
        (first,) = [one for one in self.spans if one.name == root and not one.parent]
        return list(self._below(first, 0))

    def _below(self, span: Span, depth: int) -> Iterator[str]:
        yield "  " * depth + span.name
        for one in self.spans:
            if one.parent == span.id:
                yield from self._below(one, depth + 1)


class _Handler(misbehaving.Handler):
    receiver: Receiver

    def do_POST(self) -> None:  # noqa: N802 (the library's)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        named = {name.lower(): value for name, value in self.headers.items()}
        self.receiver.headers.append(named)
        self.receiver.take(body)
        self.answer("", b"", {})


@contextmanager
def serve() -> Iterator[Receiver]:
    """Receive on any port that is free, while the block lasts."""
    receiver = Receiver()
    handler = type("Handler", (_Handler,), {"receiver": receiver})
    with misbehaving.listening(handler) as address:
        receiver.url = address
        yield receiver


def _values(pairs: Any) -> dict[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in pairs}


def _span(span: Any) -> Span:
    trace, attributes = span.trace_id.hex(), _values(span.attributes)
    return Span(span.name, span.span_id, span.parent_span_id, trace, attributes, str(span))
