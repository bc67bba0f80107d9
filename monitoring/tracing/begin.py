"""Beginning to trace, and ending it. Imported only where traces are wanted."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.celery import CeleryInstrumentor
from opentelemetry.instrumentation.django import DjangoInstrumentor
from opentelemetry.instrumentation.redis import RedisInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Tracer, get_current_span

from common.spans import Traces
from common.version import VERSION
from monitoring.logs import Trace
from monitoring.tracing.exporting import ScrubbingExporter
from monitoring.tracing.hooks import OutgoingRequests, Statements, about_answer
from monitoring.tracing.sampling import ShareOfRequests

SECONDS = 5.0  # that the receiver has to take a batch
NOT_TRACED = "health,metrics,static"
INSTRUMENTORS = (DjangoInstrumentor, RedisInstrumentor, CeleryInstrumentor)


@dataclass(frozen=True, slots=True)
class Tracing:
    """What was begun."""

    provider: TracerProvider
    hooks: tuple[Statements, OutgoingRequests]

    def end(self) -> None:
        """Trace no more, and send what is left."""
        Traces.begin, Trace.current = None, _none
        for instrumentor in INSTRUMENTORS:
            instrumentor().uninstrument()
        for hook in self.hooks:
            hook.end()
        self.provider.shutdown()


def begin() -> Tracing:
    """Trace from now on, and send what the settings say to where they say."""
    exporter = OTLPSpanExporter(
        endpoint=f"{settings.TRACES_TO.rstrip('/')}/v1/traces",
        headers=settings.TRACES_HEADERS,
        timeout=SECONDS,
    )
    provider = TracerProvider(
        sampler=ShareOfRequests(settings.TRACES_SAMPLED),
        resource=Resource.create(
            {
                "service.name": "omicsoracle",
                "service.version": VERSION,
                "deployment.environment.name": settings.ENVIRONMENT,
            }
        ),
    )
    provider.add_span_processor(BatchSpanProcessor(ScrubbingExporter(exporter)))
    tracer = provider.get_tracer("omicsoracle", VERSION)
    hooks = (Statements(tracer), OutgoingRequests(tracer))
    for hook in hooks:
        hook.begin()
    DjangoInstrumentor().instrument(
        tracer_provider=provider, excluded_urls=NOT_TRACED, response_hook=about_answer
    )
    RedisInstrumentor().instrument(tracer_provider=provider)
    CeleryInstrumentor().instrument(tracer_provider=provider)  # type: ignore[no-untyped-call]
    Traces.begin, Trace.current = _beginner(tracer), trace_id
    return Tracing(provider, hooks)


def trace_id() -> str | None:
    """Return the present trace's id, if it is kept."""
    context = get_current_span().get_span_context()
    return f"{context.trace_id:032x}" if context.trace_flags.sampled else None


def _none() -> None:
    return None


def _beginner(tracer: Tracer) -> Any:
    def start(
        name: str, *, is_request: bool = False, **attributes: str | int
    ) -> AbstractContextManager[object]:
        kind = SpanKind.SERVER if is_request else SpanKind.INTERNAL
        return tracer.start_as_current_span(name, kind=kind, attributes=attributes)

    return start
