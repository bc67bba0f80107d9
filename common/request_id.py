"""The id of the request that is being answered: one for all that it causes."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import structlog
from uuid_utils import uuid4

HEADER = "X-Request-ID"
# What looks like a key or a token of somebody's is none: it would stand in every log.
WELL_FORMED = re.compile(r"(?!oo_|eyJ|sk-|whsec_)[A-Za-z0-9._-]{1,64}", re.ASCII)

_current: ContextVar[str | None] = ContextVar("request_id", default=None)


def current() -> str | None:
    return _current.get()


def choose(proposed: str | None) -> str:
    """Return the caller's own id if it is well formed, else a new one."""
    if proposed and WELL_FORMED.fullmatch(proposed):
        return proposed
    return str(uuid4())


def take(request_id: str) -> None:
    """Make this the current id until another is taken: for who does one thing after the other."""
    _current.set(request_id)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(correlation_id=request_id)


def leave() -> None:
    """Have no current id any more."""
    _current.set(None)
    structlog.contextvars.clear_contextvars()


def sent_as(header: str) -> dict[str, str]:
    """Return the header that tells the current id to whom we ask; nothing if there is none."""
    current = _current.get()
    return {header: current} if current else {}


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
