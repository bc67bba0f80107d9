"""What can be switched off while everything runs: rows of django-waffle, known in each process.

A flag without a row is on, except those that are off at first. Processes that serve keep all flags in
memory: their follower looks every two seconds whether one was changed, and once a minute anyhow. Others
ask PostgreSQL each time.
"""

import time
from types import MappingProxyType

import redis
import structlog
from django.db import transaction
from waffle.models import Switch

from common.audit_trail import note
from common.errors import ServiceUnavailable
from monitoring import follower, valkey

REGISTRATION, LANGUAGE_MODEL, LIVE_SEARCH = "registration", "language-model", "live-search"
LEGACY_ACCESS = "legacy-access"
MAINTENANCE = "maintenance"
FLAGS = MappingProxyType(
    {
        REGISTRATION: "New accounts can be made, by a password or by another provider.",
        LANGUAGE_MODEL: "A language model writes summaries; else they are sentences of the record.",
        LIVE_SEARCH: "Searches may ask NCBI itself.",
        LEGACY_ACCESS: "Version 2.0 is answered without a credential, where the configuration has it.",
        MAINTENANCE: "Nobody but staff is served: pages and the API answer 503.",
    }
)
OFF_AT_FIRST = frozenset({MAINTENANCE})  # the others are on
VERSION = "omicsoracle:flags-version"
READ_ANYHOW = 60.0  # seconds

logger = structlog.get_logger(__name__)


class SwitchedOff(ServiceUnavailable):
    """Whoever runs this server has switched it off for now."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail, retry_after=300)


class _Known:
    """What this process knows."""

    values: dict[str, bool] | None = None
    version: object = None
    read_at = 0.0


def is_on(name: str) -> bool:
    """Say whether a flag is on: of memory where this process follows changes."""
    values = _Known.values if follower.is_here() else None
    return (_read() if values is None else values).get(name, name not in OFF_AT_FIRST)


def in_maintenance() -> bool:
    """Say whether only staff is served: of memory, so that no request is slower for it.

    A process that does not follow changes serves nobody who waits: it is in none.
    """
    values = _Known.values if follower.is_here() else None
    return values is not None and values.get(MAINTENANCE, False)


def all_flags() -> dict[str, bool]:
    """Return each flag as PostgreSQL has it."""
    return {name: name not in OFF_AT_FIRST for name in FLAGS} | {
        name: is_on for name, is_on in _read().items() if name in FLAGS
    }


def refresh() -> None:
    """Read the flags again if one was changed, or a minute is over.

    :raises redis.RedisError: if it cannot be known whether one was
    """
    version = valkey.client().get(VERSION)
    is_late = time.monotonic() - _Known.read_at > READ_ANYHOW
    if _Known.values is None or version != _Known.version or is_late:
        _Known.values = _read()
        _Known.version, _Known.read_at = version, time.monotonic()


@transaction.atomic
def switch(name: str, *, on: bool, actor: object) -> None:
    """Switch a flag, in all processes within seconds.

    :raises KeyError: if there is no such flag
    """
    Switch.objects.update_or_create(name=name, defaults={"active": on, "note": FLAGS[name]})
    note("flag.changed", actor=actor, what={"flag": name, "on": on})
    transaction.on_commit(_tell)


def _read() -> dict[str, bool]:
    return dict(Switch.objects.values_list("name", "active"))


def _tell() -> None:
    try:
        valkey.client().incr(VERSION)
    except redis.RedisError as error:
        logger.warning("the other processes learn late", error=type(error).__name__)
