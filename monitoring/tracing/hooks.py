"""What OpenTelemetry's own instrumentation does not know: Django's connections, and httpx2."""

from collections.abc import Callable
from typing import Any

import httpx2
import wrapt
from django.db import connections
from django.db.backends.signals import connection_created
from django.http import HttpRequest, HttpResponse
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer

from common import request_id
from monitoring import about

LONGEST_STATEMENT = 2_000  # characters
FIRST_ERROR = 400


class Statements:
    """A span a statement, of all connections of Django's: its text, never its parameters.

    The library's own sets a class of cursors that Django replaces by its own.
    """

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    def begin(self) -> None:
        connection_created.connect(self._connected, dispatch_uid="traced")
        for connection in connections.all(initialized_only=True):
            self._connected(connection)

    def end(self) -> None:
        connection_created.disconnect(dispatch_uid="traced")
        for connection in connections.all(initialized_only=True):
            if self in connection.execute_wrappers:
                connection.execute_wrappers.remove(self)

    def _connected(self, connection: Any, **_: object) -> None:
        if self not in connection.execute_wrappers:
            connection.execute_wrappers.append(self)

    def __call__(
        self, execute: Callable[..., Any], sql: Any, params: Any, many: Any, context: Any
    ) -> Any:
        text = str(sql)
        attributes = {
            "db.system.name": "postgresql",
            "db.query.text": text[:LONGEST_STATEMENT],
            "db.namespace": context["connection"].alias,
        }
        name = f"SQL {text.split(maxsplit=1)[0].upper()[:20]}" if text.strip() else "SQL"
        with self._tracer.start_as_current_span(name, kind=SpanKind.CLIENT, attributes=attributes):
            return execute(sql, params, many, context)


class OutgoingRequests:
    """A span a request that `httpx2` sends: the host, never the path or a query."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer
        self._before = httpx2.Client.send

    def begin(self) -> None:
        wrapt.wrap_function_wrapper(httpx2.Client, "send", self._send)

    def end(self) -> None:
        httpx2.Client.send = self._before  # type: ignore[method-assign]

    def _send(self, send: Any, _: Any, args: Any, kwargs: Any) -> Any:
        request = args[0] if args else kwargs["request"]
        attributes = {
            "http.request.method": request.method,
            "server.address": request.headers.get("Host", request.url.host),
        }
        with self._tracer.start_as_current_span(
            f"{request.method} {request.url.host}", kind=SpanKind.CLIENT, attributes=attributes
        ) as span:
            response = send(*args, **kwargs)
            span.set_attribute("http.response.status_code", response.status_code)
            if response.status_code >= FIRST_ERROR:
                span.set_status(Status(StatusCode.ERROR))
            return response


def about_answer(span: Span, request: HttpRequest, response: HttpResponse) -> None:
    """Add who asked, and the id by which log lines are found."""
    if not span.is_recording():
        return
    if (user_id := about.user_id_of(request)) is not None:
        span.set_attribute("enduser.id", user_id)
    span.set_attribute("correlation_id", response.get(request_id.HEADER, ""))
    if code := getattr(response, "problem_code", None):
        span.set_attribute("problem.code", code)
