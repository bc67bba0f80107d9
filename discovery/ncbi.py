"""NCBI as this installation asks it: who we say that we are, how often, and what came of it.

Nothing is asked before `NCBI_EMAIL` is set.
"""

from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import redis
import structlog
from django.conf import settings

from common.breaker import Breaker, Rule
from common.errors import ServiceUnavailable
from common.valkey import impatient
from discovery.geo.asking import Identity
from discovery.geo.entrez import Entrez
from discovery.geo.pages import GeoPages
from discovery.geo.politeness import WITH_KEY, WITHOUT_KEY, Politeness

EUTILS, PAGES = "eutils", "geo"  # what is asked of NCBI, each behind a breaker of its own
CALLS = "ncbi:calls"  # in Valkey: how many calls had which outcome
PATIENCE = 0.5  # seconds for Valkey: to take it for away costs the count that all processes share
# Longer than one question with all its tries: who tries longer is dead.
LONGEST = 65

logger = structlog.get_logger(__name__)


class NotConfigured(ServiceUnavailable):
    """This installation asks NCBI nothing."""

    code = "upstream_unavailable"
    detail = (
        "This server does not ask NCBI: whoever runs it has to set NCBI_EMAIL. The local catalogue "
        'can be searched all the same, with "source": "local".'
    )


@dataclass(frozen=True, slots=True)
class _Access:
    """Where a service is, and as whom and with which Valkey it is asked."""

    url: str
    identity: Identity
    valkey_url: str


def entrez() -> Entrez:
    """Return E-utilities: one client for all threads of this process.

    :raises NotConfigured: if NCBI is not to be asked
    """
    return _entrez(_access(settings.NCBI_URL))


def pages() -> GeoPages:
    """Return GEO's pages, likewise.

    :raises NotConfigured: if NCBI is not to be asked
    """
    return _pages(_access(settings.NCBI_GEO_URL))


def breaker(name: str) -> Breaker:
    return _breaker(name, settings.REDIS_URL)


def eutils_breaker() -> Breaker:
    return breaker(EUTILS)


def pages_breaker() -> Breaker:
    return breaker(PAGES)


def valkey() -> redis.Redis:
    return _valkey(settings.REDIS_URL)


def count(name: str, outcome: str) -> None:
    """Count what came of a call, over all processes."""
    try:
        valkey().hincrby(CALLS, f"{name}:{outcome}", 1)
    except redis.RedisError as error:
        logger.warning("a call to NCBI was not counted", error=type(error).__name__)


def _access(url: str) -> _Access:
    if not settings.NCBI_EMAIL:
        raise NotConfigured
    identity = Identity(settings.NCBI_TOOL, settings.NCBI_EMAIL, settings.NCBI_API_KEY)
    return _Access(url, identity, settings.REDIS_URL)


@cache
def _entrez(access: _Access) -> Entrez:
    return Entrez(**_asking(EUTILS, access))


@cache
def _pages(access: _Access) -> GeoPages:
    return GeoPages(**_asking(PAGES, access))


def _asking(name: str, access: _Access) -> dict[str, Any]:
    """Return how a service is asked. Both take their turns in one line."""
    per_second = WITH_KEY if access.identity.api_key else WITHOUT_KEY
    client = _valkey(access.valkey_url)
    return {
        "base_url": access.url,
        "identity": access.identity,
        "turn": Politeness(client=client, per_second=per_second, longest=LONGEST),
        "breaker": _breaker(name, access.valkey_url),
        "note": partial(count, name),
    }


@cache
def _breaker(name: str, valkey_url: str) -> Breaker:
    return Breaker(f"ncbi-{name}", client=_valkey(valkey_url), rule=Rule(trial_for=LONGEST))


@cache
def _valkey(url: str) -> redis.Redis:
    return impatient(url, patience=PATIENCE)
