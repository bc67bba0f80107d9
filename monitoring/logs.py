"""One JSON object a line, with the same fields for every event of every logger: docs/logs.md."""

import logging
from collections.abc import Callable, MutableMapping
from typing import Any

import orjson
import structlog

from monitoring import about
from monitoring.plain import plain, plain_object

# The fields of the plan: every line has all, and what has no field of its own goes into `context`.
FIELDS = (
    "timestamp",
    "level",
    "correlation_id",
    "user_id",
    "endpoint",
    "method",
    "status_code",
    "duration_ms",
    "message",
)
LONGEST_LINE = 64 * 1024  # characters
CUT = 8_000  # characters that are left of a context that is too long
Event = MutableMapping[str, Any]


class Trace:
    """Tells the id of the present trace, once there are traces."""

    current: Callable[[], str | None] = staticmethod(lambda: None)


def settings(*, level: str, form: str) -> dict[str, Any]:
    """Return Django's LOGGING.

    :param form: "json", or "console" for people
    """
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    for_reading = [for_people, structlog.dev.ConsoleRenderer()]
    last = for_reading if form == "console" else [in_form, to_json]
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": shared,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"handlers": [], "propagate": True, "level": level},
            # It repeats what the access log says of each 4xx, with the path in the text.
            "django.request": {"level": logging.ERROR, "propagate": True},
            # They tell whole URLs, and those of webhooks are their owners' secrets.
            **{
                name: {"level": logging.WARNING}
                for name in ("httpx2", "httpcore2", "mcp", "openai")
            },
            "django.server": {"handlers": [], "propagate": True},
        },
    }


def in_form(_logger: object, _method: str, event: Event) -> Event:
    """Put an event into the plan's fields, all of which JSON can have."""
    event.pop("request", None)  # Django's own; it shows the query string
    event["message"] = event.pop("event", "")
    event["level"] = str(event.get("level", "info")).upper()
    if (request := about.current()) is not None:
        event.setdefault("method", about.method_of(request))
        event.setdefault("endpoint", f"/{about.route_of(request)}")
        event.setdefault("user_id", about.user_id_of(request))
    if (trace := Trace.current()) is not None:
        event["trace_id"] = trace
    shaped: Event = {name: plain(event.pop(name, None)) for name in FIELDS}
    shaped["context"] = plain_object(event)
    return shaped


def to_json(_logger: object, _method: str, event: Event) -> str:
    """Return the line, of bounded length."""
    line = orjson.dumps(event).decode()
    if len(line) > LONGEST_LINE:
        context = orjson.dumps(event["context"]).decode()
        kept = {"logger": event["context"].get("logger"), "cut": context[:CUT]}
        line = orjson.dumps({**event, "context": kept}).decode()
    return line


def for_people(_logger: object, _method: str, event: Event) -> Event:
    """Leave out what only programs read, and what nobody is to see."""
    event.pop("request", None)
    return plain_object(event)
