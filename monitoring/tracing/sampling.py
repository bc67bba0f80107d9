"""Which traces are kept."""

from collections.abc import Sequence
from typing import Any

from opentelemetry.context import Context
from opentelemetry.sdk.trace.sampling import Decision, Sampler, SamplingResult, TraceIdRatioBased
from opentelemetry.trace import Link, SpanKind, TraceState, get_current_span

BEGIN_TRACES = {SpanKind.SERVER, SpanKind.CONSUMER}


class ShareOfRequests(Sampler):
    """Keep a share of the traces that a request or a task begins, whole.

    What threads ask PostgreSQL and Valkey by themselves is no trace. Whether one of another
    service's is kept, that does not decide: strangers may send a `traceparent`.
    """

    def __init__(self, share: float) -> None:
        self._ratio = TraceIdRatioBased(share)

    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Any = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        parent = get_current_span(parent_context).get_span_context()
        if parent.is_valid and not parent.is_remote:
            kept = Decision.RECORD_AND_SAMPLE if parent.trace_flags.sampled else Decision.DROP
            return SamplingResult(kept, attributes, trace_state)
        if kind not in BEGIN_TRACES:
            return SamplingResult(Decision.DROP)
        return self._ratio.should_sample(
            parent_context, trace_id, name, kind, attributes, links, trace_state
        )

    def get_description(self) -> str:
        return f"ShareOfRequests({self._ratio.rate:g})"
