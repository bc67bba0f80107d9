"""The id of the request that is being answered: one for all that it causes."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import structlog
from uuid_utils import uuid4

HEADER = "X-Request-ID"
WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)

_current: ContextVar[str | None] = ContextVar("request_id", default=None)


def current() -> str | None:
    return _current.get()


def choose(proposed: str | None) -> str:
    """Return the caller's own id if it is well formed, else a new one."""
    if proposed and WELL_FORMED.fullmatch(proposed):
        return proposed
    return str(uuid4())


@contextmanager
def bound(request_id: str) -> Iterator[None]:
    """Make this the current id, and the `correlation_id` of every log line, until the block ends."""
    token = _current.set(request_id)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(correlation_id=request_id)
    try:
        yield
    finally:
        structlog.contextvars.clear_contextvars()
        _current.reset(token)
