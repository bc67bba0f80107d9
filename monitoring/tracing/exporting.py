"""Spans as they leave: without addresses, paths, queries, and whatever looks like a secret."""

from collections.abc import Mapping, Sequence
from typing import Any

from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import Status

from monitoring.plain import plain

# A path or a query may hold anything, an address is somebody's, and none is needed beside the route.
LEFT_OUT = frozenset(
    {
        *("http.url", "http.target", "url.full", "url.path", "url.query", "http.user_agent"),
        *("user_agent.original", "http.client_ip", "net.peer.ip", "net.peer.port"),
        *("client.address", "client.port", "network.peer.address", "network.peer.port"),
    }
)


class ScrubbingExporter(SpanExporter):
    """Hands spans on to another exporter, without secrets."""

    def __init__(self, inner: SpanExporter) -> None:
        self._inner = inner

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        return self._inner.export([scrubbed(one) for one in spans])

    def shutdown(self) -> None:
        self._inner.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._inner.force_flush(timeout_millis)


def scrubbed(span: ReadableSpan) -> ReadableSpan:
    """Return a copy of a span that may leave."""
    description = span.status.description
    return ReadableSpan(
        name=plain(span.name),
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=_clean(span.attributes),
        events=[Event(one.name, _clean(one.attributes), one.timestamp) for one in span.events],
        links=span.links,
        kind=span.kind,
        status=Status(span.status.status_code, plain(description) if description else None),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _clean(attributes: Mapping[str, Any] | None) -> dict[str, Any]:
    return {
        name: plain(value) for name, value in (attributes or {}).items() if name not in LEFT_OUT
    }
