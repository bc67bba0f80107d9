"""What somebody may do at present: their tier, and what staff have set otherwise for them."""

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from accounts.models import User
from caching.services import raise_version
from quotas import limiter, valkey
from quotas.limiter import Caller
from quotas.models import Override, TierLimits
from quotas.tiers import Limits

SECONDS = 1.0  # how long limits are kept in memory: the most that a change takes, Valkey up or not
MOST = 10_000  # users kept at a time
# The version, among those of the cache, that is raised when Valkey could not be told of a change.
IDENTITIES = "identities"


@dataclass(frozen=True, slots=True)
class Kept:
    """Limits as they were read, and the version that Valkey had then."""

    limits: Limits
    version: str
    until: float
    ends_at: datetime | None = None  # when they change by themselves, if they do


class Memory:
    """The limits of the users that this process saw in the last second, and the last versions."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[UUID, str], Kept] = OrderedDict()

    def get(self, user: User) -> Kept:
        """Return the limits; read them if that is longer ago than `SECONDS`."""
        kept = self._kept.get((user.pk, user.tier))
        if kept is not None and time.monotonic() < kept.until:
            return kept
        return self.read(user, version=kept.version if kept else ":")

    def read(self, user: User, *, version: str) -> Kept:
        """Read the limits from the database: they are of this version at least."""
        until = time.monotonic() + SECONDS
        limits, ends_at = limits_of(user, at=timezone.now())
        kept = Kept(limits, version, until, ends_at)
        with self._lock:
            self._kept[user.pk, user.tier] = kept
            self._kept.move_to_end((user.pk, user.tier))
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)
        return kept

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()


memory = Memory()


def limits_of(user: User, *, at: datetime) -> tuple[Limits, datetime | None]:
    """Return the limits of a user as the database has them, and when they end: two short queries."""
    limits = TierLimits.objects.get(tier=user.tier).limits
    override = override_of(user, at=at)
    return (limits.but(override.values), override.expires_at) if override else (limits, None)


def override_of(user: User, *, at: datetime) -> Override | None:
    return Override.objects.in_force(at=at).filter(user=user).first()


def renew(key: str) -> None:
    """Make all servers read limits again at once; without Valkey they do so within `SECONDS`.

    Who remembers a version for longer looks at `IDENTITIES` besides, which PostgreSQL keeps.
    """
    memory.clear()
    try:
        limiter.renew_version(key)
    except valkey.Away:
        raise_version(IDENTITIES)


def renew_user(user_id: UUID) -> None:
    """Make all servers ask PostgreSQL who a user is, and what they may, at their next request."""
    renew(Caller.user(user_id).key("v"))
