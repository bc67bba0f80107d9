"""One JSON object a line, with the same fields for every event of every logger."""

import logging
from collections.abc import MutableMapping
from typing import Any

import orjson
import structlog

# The fields of the plan stand at the top of a line; all others go into `context`.
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
Event = MutableMapping[str, Any]


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
    last = [structlog.dev.ConsoleRenderer()] if form == "console" else [in_form, to_json]
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
            "django.server": {"handlers": [], "propagate": True},
        },
    }


def in_form(_logger: object, _method: str, event: Event) -> Event:
    """Put an event into the plan's fields: what has no field of its own goes into `context`."""
    event.pop("request", None)  # Django's own; it shows the query string
    event["message"] = event.pop("event", "")
    event["level"] = str(event.get("level", "info")).upper()
    shaped: Event = {name: event.pop(name) for name in FIELDS if name in event}
    shaped["context"] = dict(event)
    return shaped


def to_json(_logger: object, _method: str, event: Event) -> str:
    return orjson.dumps(event, default=repr, option=orjson.OPT_NON_STR_KEYS).decode(
        "utf-8", "replace"
    )
