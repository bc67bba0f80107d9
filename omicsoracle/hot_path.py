"""Answering the commonest request ahead of Django: a search whose answer is in memory.

What is answered here, the view has answered before, in the same words: it leaves in the request's
META what the answer is kept under and whom the request was counted for, and this remembers both.
Whatever is in doubt goes to Django as it came. `docs/decisions/0010` says what this must never do.
"""

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from granian.rsgi import Headers, Scope

from caching.entries import Entry
from caching.reports import written
from caching.services import at_hand, count_given
from common import request_id
from common.ids import uuid7
from common.spans import span
from discovery import rendered
from discovery.models import VERSION
from discovery.rendered import Named
from history.middleware import RIDER
from monitoring import flags
from monitoring.access import log_answer
from monitoring.requests import Tally
from omicsoracle.gateway import Answer, Header, is_length
from omicsoracle.identities import Identities, Identity
from omicsoracle.memo import Memo
from quotas import limiter, valkey
from quotas.events import UsageEvent
from quotas.limits import Decision, headers_of
from quotas.pipeline import Pipeline
from quotas.services import counting
from quotas.services.effective import IDENTITIES
from quotas.services.requests import CHARGE

METHOD, ROUTE, GOOD = "POST", "api/v2/agents/search", 200
SPAN = f"{METHOD} {ROUTE}"
PATHS = frozenset({f"/{ROUTE}", f"/{ROUTE}/"})
LARGEST_BODY = 64 * 1024
# With these, a request may be treated otherwise than the one like it that Django answered.
DOUBTS = ("cookie", "origin", "content-encoding", "transfer-encoding")
# What else an answer depends on: with other values it is another request.
DECIDING = ("content-type", "accept", "host", "x-forwarded-host", "x-forwarded-proto")
FORM_BYTES = 32 * 1024 * 1024
FORM_OVERHEAD = 2_000  # bytes of a form without what it says


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that may be answered here. The credential and the body are only their digests."""

    id: UUID
    credential: bytes
    form: bytes
    started: float


@dataclass(frozen=True, slots=True)
class Form:
    """What is answered to a body: where it is kept, and the headers before and after the limits.

    The rider is what history keeps of it: as date and catalogue are the same, so is the answer.
    """

    named: Named
    demand: bytes
    rider: bytes | None
    before: tuple[Header, ...]
    after: tuple[Header, ...]


@dataclass(frozen=True, slots=True)
class Learned:
    """All that it takes to answer a request ahead of Django."""

    identity: Identity
    form: Form
    entry: Entry


class HotPath:
    """Answers what it can, and learns from what Django answers."""

    def __init__(self) -> None:
        self.identities = Identities()
        self.forms: Memo[Form] = Memo(FORM_BYTES, _size_of)
        self.tally = Tally(f"/{ROUTE}", METHOD, GOOD, agent="search")
        self._pipeline: Pipeline | None = None

    def asked(self, scope: Scope, body: bytes) -> Asked | None:
        """Return what may be answered here, if it is that."""
        credential = _credential_of(scope.headers)
        if credential is None or flags.in_maintenance():
            return None
        return Asked(uuid7(), credential, _digest_of(scope, body), time.perf_counter())

    async def answer(self, asked: Asked, scope: Scope) -> Answer | None:
        """Answer; None: Django is to."""
        now = timezone.now()
        known = self._learned(asked, now)
        if known is None:
            return None
        with span(SPAN, is_request=True):
            return await self._given(asked, scope, known, now)

    def lacking(self, asked: Asked) -> tuple[bytes, bytes] | None:
        """Return what only Django's answer to this can teach: all who lack the same can wait for one of them.

        Whose the credential is; what is answered to the form, or just the latter, whoever asks. None: nothing is
        lacking, the limiter did not let it in.
        """
        now = timezone.now()
        if self._learned(asked, now):
            return None
        is_known = self.identities.get(asked.credential, at=now.timestamp()) is not None
        return b"" if is_known else asked.credential, asked.form

    def _learned(self, asked: Asked, now: datetime) -> Learned | None:
        """Return all that it takes to answer, if it is there."""
        at, form = now.timestamp(), self.forms.get(asked.form)
        known = self.identities.get(asked.credential, at=at)
        if known is None or form is None or form.named.at != now.date():
            return None
        versions = {VERSION: form.named.catalogue, IDENTITIES: known.missed}
        entry = at_hand(form.named.key, viewer=known.viewer, at=at, versions=versions)
        return Learned(known, form, entry) if entry else None

    async def _given(
        self, asked: Asked, scope: Scope, learned: Learned, now: datetime
    ) -> Answer | None:
        known, form, entry = learned.identity, learned.form, learned.entry
        with span("limiter"):
            decision = await self._count(asked, known, form, now)
        if decision is None:
            return None
        at, viewer = now.timestamp(), known.viewer
        count_given(form.named.key, entry, viewer=viewer, demand=form.demand, at=at)
        chosen = request_id.choose(scope.headers.get("x-request-id"))
        log_answer(
            ROUTE,
            GOOD,
            method=METHOD,
            user_id=viewer,
            since=asked.started,
            correlation_id=chosen,
        )
        body = _body_of(entry, asked)
        self.tally.note(time.perf_counter() - asked.started)
        return Answer(GOOD, _headers_of(form, decision, request=chosen, length=len(body)), body)

    async def _count(
        self, asked: Asked, known: Identity, form: Form, at: datetime
    ) -> Decision | None:
        """Count the request and keep its usage event; None if it was not let in, or not counted."""
        event = UsageEvent(
            id=asked.id,
            user_id=known.user_id,
            api_key_id=known.api_key_id,
            endpoint=f"/{ROUTE}",
            method=METHOD,
            status_code=GOOD,
            execution_time_ms=_milliseconds_since(asked.started),
            cost=1,
            created_at=at,
            rider=form.rider,
        )
        self._pipeline = self._pipeline or Pipeline(valkey.server())
        try:
            decision = await counting.count_known(
                known.caller, known.count, event=event, pipeline=self._pipeline
            )
        except limiter.OtherLimits:
            self.identities.forget(asked.credential)
            return None
        return decision if decision and decision.is_allowed else None

    def learn(self, asked: Asked, environ: Mapping[str, Any], answer: Answer) -> None:
        """Remember what it took Django to answer. Not for the loop: PostgreSQL is asked.

        :param environ: the request, as Django left it
        """
        charge, named = environ.get(CHARGE), environ.get(rendered.NAMED)
        if answer.status == GOOD and charge and named:
            self.identities.learn(asked.credential, charge, environ)
            self._learn_form(asked.form, named, environ.get(RIDER), answer.headers)

    def close(self) -> None:
        self.tally.fold()
        self.identities.close()
        if self._pipeline:
            self._pipeline.close()

    def _learn_form(
        self, name: bytes, named: Named, rider: bytes | None, headers: Sequence[Header]
    ) -> None:
        places = [place for place, (header, _) in enumerate(headers) if _tells_limits(header)]
        if not places or any(header == "Set-Cookie" for header, _ in headers):
            return
        before, after = headers[: places[0]], headers[places[-1] + 1 :]
        demand = written(named.parameters)
        self.forms.put(name, Form(named, demand, rider, tuple(before), tuple(after)))


def _size_of(form: Form) -> int:
    return len(form.demand) + len(form.rider or b"") + FORM_OVERHEAD


def may_answer(scope: Scope) -> bool:
    """Say whether this is one of the requests that are answered here: its body is small then."""
    return scope.path in PATHS and scope.method == METHOD and _is_plain(scope)


def _is_plain(scope: Scope) -> bool:
    headers = scope.headers
    length = headers.get("content-length") or ""
    return (
        not scope.query_string
        and is_length(length, most=LARGEST_BODY)
        and int(length) > 0
        and not any(name in headers for name in DOUBTS)
    )


def _credential_of(headers: Headers) -> bytes | None:
    """Return the digest of the one credential; None if there is none, or more than one."""
    keys, others = _all(headers, "x-api-key"), _all(headers, "authorization")
    if len(keys) + len(others) != 1:
        return None
    text = f"key {keys[0]}" if keys else f"header {others[0]}"
    return hashlib.sha256(text.encode()).digest()


def _all(headers: Headers, name: str) -> list[str]:
    """Return what a header says, each time that it is there."""
    found: list[str] = headers.get_all(name)  # type: ignore[attr-defined]  # its stub lacks it
    return found


def _digest_of(scope: Scope, body: bytes) -> bytes:
    headers = scope.headers
    decides = [scope.scheme, scope.server, *(str(_all(headers, name)) for name in DECIDING)]
    return hashlib.sha256(b"%s\n%s" % ("\n".join(decides).encode(), body)).digest()


def _tells_limits(header: str) -> bool:
    return header.startswith(("X-RateLimit-", "X-Usage-", "RateLimit"))


def _headers_of(form: Form, decision: Decision, *, request: str, length: int) -> list[Header]:
    varying = {request_id.HEADER: request, "Content-Length": str(length)}
    constant = (*form.before, *headers_of(decision).items(), *form.after)
    return [(name, varying.get(name, value)) for name, value in constant]


def _body_of(entry: Entry, asked: Asked) -> bytes:
    took_ms = _milliseconds_since(asked.started)
    return rendered.with_request(entry.body, is_cached=True, took_ms=took_ms)


def _milliseconds_since(started: float) -> int:
    return round((time.perf_counter() - started) * 1000)
