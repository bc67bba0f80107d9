"""The access log: a line a request, in the form of all others.

Written here whole and at once, not by way of `logging`, which would cost more than all else that a
search answered from memory costs: `docs/decisions/0027`.
"""

import logging
import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime

import orjson
import structlog
from django.conf import settings

from monitoring.logs import Trace

STDOUT = 1
FIRST_FAULT = 500
MESSAGE = "request answered"
OPTIONS = orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z
NAMES = {level: logging.getLevelName(level) for level in (10, 20, 30, 40, 50)}

logger = structlog.get_logger("access")
_threshold = logging.getLogger("access")  # whose level holds, as that of any other logger


class Lost:
    """How many lines could not be written: there is nowhere to say so."""

    lines = 0


def log_answer(
    route: str,
    status: int,
    *,
    method: str | None,
    user_id: str | None,
    since: float,
    correlation_id: str | None,
    code: str | None = None,
) -> None:
    """Write how a request went.

    :param route: the route's pattern
    :param code: of the problem, if it was refused
    :param since: when it came, of `time.perf_counter`
    """
    level = _level(route, status)
    if not _threshold.isEnabledFor(level):
        return
    took_ms = round((time.perf_counter() - since) * 1000, 1)
    fields = {
        "correlation_id": correlation_id,
        "user_id": user_id,
        "endpoint": f"/{route}",
        "method": method,
        "status_code": status,
        "duration_ms": took_ms,
    }
    context = {"code": code} if code else {}
    if settings.LOG_FORMAT == "json":
        _write(level, fields, {"logger": "access", **context})
    else:
        logger.log(level, MESSAGE, **fields, **context)


def _write(level: int, fields: Mapping[str, object], context: dict[str, str]) -> None:
    if (trace := Trace.current()) is not None:
        context["trace_id"] = trace
    line = {
        "timestamp": datetime.now(UTC),
        "level": NAMES[level],
        **fields,
        "message": MESSAGE,
        "context": context,
    }
    try:
        # In one call, so that lines of several threads and processes do not mix.
        os.write(STDOUT, orjson.dumps(line, option=OPTIONS))
    except OSError:
        Lost.lines += 1


def _level(route: str, status: int) -> int:
    if status >= FIRST_FAULT:
        return logging.ERROR
    return logging.DEBUG if route.startswith("health") else logging.INFO
