"""Whose credentials are, as the hot path has learned it: looked at again before they are too old.

`docs/decisions/0010` says why an identity may be believed, and for how long.
"""

import random
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

import structlog
from django.db import DatabaseError, connection
from django.utils import timezone

from accounts import tokens
from accounts.models import User
from accounts.services import identity
from caching.services import version
from common.errors import OracleError
from omicsoracle.memo import Memo
from quotas import limiter
from quotas.limiter import Caller
from quotas.services import effective
from quotas.services.effective import IDENTITIES
from quotas.services.requests import Charge

# The version that each count compares ends an identity at once, and a row in PostgreSQL does when
# Valkey could not be told: so this may be longer than the second of those who compare nothing.
BELIEVED = timedelta(seconds=60)
# After which share of its time an identity is looked at again: all of a busy second, one by one.
LOOKED_AT_AFTER = (0.5, 0.8)
MOST = 10_000

logger = structlog.get_logger(__name__)


class Proof(Protocol):
    """What a credential was found to be. To look again takes no secret."""

    def holder(self, *, at: datetime) -> tuple[User, datetime | None]:
        """Return whose it is, and until when it is so if nobody does anything.

        :raises OracleError: if it is not good any more
        """
        ...


@dataclass(frozen=True, slots=True)
class KeyProof:
    key_id: UUID

    def holder(self, *, at: datetime) -> tuple[User, datetime | None]:
        key = identity.key_again(key_id=self.key_id, at=at)
        return key.user, key.ends_at


@dataclass(frozen=True, slots=True)
class TokenProof:
    session_id: UUID
    version: int
    ends_at: datetime

    def holder(self, *, at: datetime) -> tuple[User, datetime | None]:
        session = identity.session_again(session_id=self.session_id, version=self.version, at=at)
        return session.user, min(session.expires_at, self.ends_at)


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose a credential is.

    PostgreSQL was asked after the version that `count` compares and `missed` were known: as long as
    both are the same, nothing has changed since.
    """

    proof: Proof
    user_id: UUID
    tier: str
    missed: int  # of `IDENTITIES`: the changes that Valkey was not told of
    api_key_id: UUID | None
    caller: Caller
    viewer: str
    count: limiter.Prepared
    until: float = 0.0
    look_at: float = 0.0  # when it is to be looked at again, if it is still asked for

    def looked_at(self, at: datetime) -> "Identity | None":
        """Return it as PostgreSQL has it now; None if that is something else.

        :raises OracleError: if the credential is not good any more
        """
        user, ends_at = self.proof.holder(at=at)
        if (user.pk, user.tier) != (self.user_id, self.tier):
            return None
        limits, limits_end_at = effective.limits_of(user, at=at)
        if tuple(limits.rules()) != self.count.rules:
            return None
        return self.believed(at, ends_at, limits_end_at)

    def believed(self, at: datetime, *ends: datetime | None) -> "Identity":
        """Return it as one that PostgreSQL was asked about just now: what it says may end before a minute."""
        until = min(end for end in (*ends, at + BELIEVED) if end is not None).timestamp()
        share = random.uniform(*LOOKED_AT_AFTER)  # noqa: S311 (only so that not all come at once)
        return replace(self, until=until, look_at=at.timestamp() + share * (until - at.timestamp()))


class Identities:
    """Those of late, by the digests of their credentials."""

    def __init__(self) -> None:
        self._kept: Memo[Identity] = Memo(MOST, lambda _: 1)
        self._looking = ThreadPoolExecutor(1, "identities")
        self._lock = threading.Lock()
        self._looked_at: set[bytes] = set()

    def get(self, credential: bytes, *, at: float) -> Identity | None:
        """Return whose a credential is. PostgreSQL is asked again meanwhile, in another thread, when it is time."""
        known = self._kept.get(credential)
        if known is None or at >= known.until:
            return None
        if at >= known.look_at:
            self._look_again(credential, known)
        return known

    def forget(self, credential: bytes) -> None:
        self._kept.forget(credential)

    def learn(self, credential: bytes, charge: Charge, environ: Mapping[str, Any]) -> None:
        """Ask PostgreSQL once more, now that the version is known, and remember what it says."""
        if charge.user is None or charge.decision is None or charge.decision.is_degraded:
            return
        user, kept, missed = charge.user, effective.memory.get(charge.user), version(IDENTITIES)
        caller, now = Caller.user(user.pk), timezone.now()
        count = limiter.Prepared(caller, tuple(kept.limits.rules()), version=kept.version)
        try:
            proof = _proof_of(charge, environ)
            holder, ends_at = proof.holder(at=now)
        except OracleError:
            return
        if (holder.pk, holder.tier) == (user.pk, user.tier):
            known = Identity(
                proof=proof,
                user_id=user.pk,
                tier=user.tier,
                missed=missed,
                api_key_id=charge.api_key_id,
                caller=caller,
                viewer=str(user.pk),
                count=count,
            )
            self._kept.put(credential, known.believed(now, ends_at, kept.ends_at))

    def close(self) -> None:
        self._looking.shutdown(cancel_futures=True)

    def __len__(self) -> int:
        return len(self._kept)

    def _look_again(self, credential: bytes, known: Identity) -> None:
        with self._lock:
            if credential in self._looked_at:
                return
            self._looked_at.add(credential)
        self._looking.submit(self._look_in_thread, credential, known)

    def _look_in_thread(self, credential: bytes, known: Identity) -> None:
        """Look, but not for what is too old by now: that is Django's to find out."""
        try:
            if (now := timezone.now()).timestamp() < known.until:
                self._keep(credential, known.looked_at(now))
        except OracleError:
            self._kept.forget(credential)
        except DatabaseError as error:
            logger.warning("an identity could not be looked at", error=type(error).__name__)
        finally:
            connection.close()
            with self._lock:
                self._looked_at.discard(credential)

    def _keep(self, credential: bytes, found: Identity | None) -> None:
        if found is None:
            self._kept.forget(credential)
        else:
            self._kept.put(credential, found)


def _proof_of(charge: Charge, environ: Mapping[str, Any]) -> Proof:
    if charge.api_key_id is not None:
        return KeyProof(charge.api_key_id)
    token = environ.get("HTTP_AUTHORIZATION", "").strip().partition(" ")[2].strip()
    claims = tokens.read(token)
    return TokenProof(claims.session_id, claims.version, tokens.ends_at(token))
