"""Answering the commonest request ahead of Django: a search whose answer is in memory.

What is answered here, the view has answered before, in the same words: it leaves in the request's
META what the answer is kept under and whom the request was counted for, and this remembers both.
Whatever is in doubt goes to Django as it came. `docs/decisions/0010` says what this must never do.
"""

import hashlib
import io
import logging
import threading
import time
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar
from uuid import UUID

from cachetools import LRUCache
from django.utils import timezone

from accounts import tokens
from accounts.models import User
from accounts.services import identity
from caching.entries import Entry
from caching.services import at_hand, count_given, version
from common import request_id
from common.errors import OracleError
from common.ids import uuid7
from discovery import rendered
from discovery.rendered import Named
from monitoring.middleware import log_answer
from quotas import limiter
from quotas.events import UsageEvent
from quotas.limiter import Caller
from quotas.limits import Decision, Rule, headers_of
from quotas.services import counting, effective
from quotas.services.effective import IDENTITIES
from quotas.services.requests import CHARGE, Charge

access_log = logging.getLogger("access")

Header = tuple[str, str]
Start = Callable[..., Any]
Application = Callable[[dict[str, Any], Any], Iterable[bytes]]
Value = TypeVar("Value")

METHOD, ROUTE, GOOD, OK = "POST", "api/v2/agents/search", 200, "200 OK"
PATHS = frozenset({f"/{ROUTE}", f"/{ROUTE}/"})
LARGEST_BODY = 64 * 1024
# With these, a request may be treated otherwise than the one like it that Django answered.
DOUBTS = frozenset(
    f"HTTP_{name}" for name in ("COOKIE", "ORIGIN", "CONTENT_ENCODING", "TRANSFER_ENCODING")
)
# What else an answer depends on: with other values it is another request.
DECIDING = (
    *("CONTENT_TYPE", "HTTP_ACCEPT", "HTTP_HOST", "HTTP_X_FORWARDED_HOST"),
    *("HTTP_X_FORWARDED_PROTO", "SERVER_NAME", "SERVER_PORT", "wsgi.url_scheme"),
)
# The version that each count compares ends an identity at once, and a row in PostgreSQL does when
# Valkey could not be told: so this may be longer than the second of those who compare nothing.
BELIEVED = timedelta(seconds=60)
MOST_IDENTITIES = 10_000
FORM_BYTES = 32 * 1024 * 1024
FORM_OVERHEAD = 2_000  # bytes of a form without what it says


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that may be answered here. The credential and the body are only their digests."""

    credential: bytes
    form: bytes
    started: float


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose a credential is.

    PostgreSQL was asked after `version` and `missed` were known: as long as both are the same,
    nothing has changed since.
    """

    user_id: UUID
    version: str
    missed: int  # of `IDENTITIES`: the changes that Valkey was not told of
    until: float
    api_key_id: UUID | None
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """What is answered to a body: where it is kept, and the headers before and after the limits."""

    named: Named
    size: int
    before: tuple[Header, ...]
    after: tuple[Header, ...]


class Memo(Generic[Value]):
    """What was learned, of what was used last; bounded by the sum of sizes."""

    def __init__(self, most: int, size: Callable[[Value], int]) -> None:
        self._lock = threading.Lock()
        self._kept: LRUCache[Hashable, Value] = LRUCache(most, getsizeof=size)

    def get(self, name: bytes) -> Value | None:
        with self._lock:
            return self._kept.get(name)

    def put(self, name: bytes, value: Value) -> None:
        with self._lock:
            self._kept[name] = value

    def forget(self, name: bytes) -> None:
        with self._lock:
            self._kept.pop(name, None)

    def __len__(self) -> int:
        return len(self._kept)


class HotPath:
    """A WSGI application in front of another, from which it learns."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self.identities: Memo[Identity] = Memo(MOST_IDENTITIES, lambda _: 1)
        self.forms: Memo[Form] = Memo(FORM_BYTES, lambda form: form.size)

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        credential = _credential_of(environ) if _is_plain(environ) else None
        if credential is None:
            return self._application(environ, start)
        started = time.perf_counter()
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        asked = Asked(credential, _digest_of(environ, body), started)
        answer = self._answer(asked, environ, start)
        return answer if answer is not None else self._learn(asked, body, environ, start)

    def _answer(
        self, asked: Asked, environ: Mapping[str, Any], start: Start
    ) -> Iterable[bytes] | None:
        """Answer; None: Django is to."""
        known, form = self.identities.get(asked.credential), self.forms.get(asked.form)
        if known is None or form is None:
            return None
        now = timezone.now()
        at = now.timestamp()
        if at >= known.until or not form.named.is_right(at=now.date()):
            return None
        viewer = str(known.user_id)
        entry = at_hand(form.named.key, viewer=viewer, at=at)
        if entry is None or known.missed != version(IDENTITIES):
            return None
        decision = self._count(asked, known, now)
        if decision is None:
            return None
        count_given(form.named.key, entry, viewer=viewer, demand=form.named.parameters, at=at)
        chosen = request_id.choose(environ.get("HTTP_X_REQUEST_ID"))
        body = _body_of(entry, asked)
        start(OK, _headers_of(form, decision, request=chosen, length=len(body)))
        if access_log.isEnabledFor(logging.INFO):
            with request_id.bound(chosen):
                log_answer(ROUTE, GOOD, method=METHOD, user_id=viewer, since=asked.started)
        return [body]

    def _count(self, asked: Asked, known: Identity, at: datetime) -> Decision | None:
        """Count the request and keep its usage event; None if it was not let in, or not counted."""
        event = UsageEvent(
            id=uuid7(),
            user_id=known.user_id,
            api_key_id=known.api_key_id,
            endpoint=f"/{ROUTE}",
            method=METHOD,
            status_code=GOOD,
            execution_time_ms=_milliseconds_since(asked.started),
            cost=1,
            created_at=at,
        )
        caller = Caller.user(known.user_id)
        try:
            decision = counting.count_known(
                caller, known.rules, version=known.version, event=event.dumps()
            )
        except limiter.OtherLimits:
            decision = None
        if decision is None:  # a Valkey that lost its data has lost the versions too
            self.identities.forget(asked.credential)
            return None
        return decision if decision.is_allowed else None

    def _learn(
        self, asked: Asked, body: bytes, environ: dict[str, Any], start: Start
    ) -> Iterable[bytes]:
        """Let Django answer, and remember what it took to do so."""
        said: list[Any] = []

        def note(status: str, headers: list[Header], *rest: Any) -> Any:
            said[:] = [status, list(headers)]
            return start(status, headers, *rest)

        environ["wsgi.input"] = io.BytesIO(body)
        answer = self._application(environ, note)
        charge, named = environ.get(CHARGE), environ.get(rendered.NAMED)
        if said and said[0] == OK and charge and named:
            self._learn_identity(asked.credential, charge, environ)
            self._learn_form(asked.form, named, said[1], size=len(body))
        return answer

    def _learn_identity(self, name: bytes, charge: Charge, environ: Mapping[str, Any]) -> None:
        """Ask PostgreSQL once more, now that the version is known, and remember what it says."""
        if charge.user is None or charge.decision is None or charge.decision.is_degraded:
            return
        kept, missed, now = effective.memory.get(charge.user), version(IDENTITIES), timezone.now()
        try:
            user, ends_at = _holder_of(charge, environ, at=now)
        except OracleError:
            return
        if (user.pk, user.tier) != (charge.user.pk, charge.user.tier):
            return
        ends = [ends_at, kept.ends_at, now + BELIEVED]
        until = min(end.timestamp() for end in ends if end is not None)
        rules = tuple(kept.limits.rules())
        known = Identity(user.pk, kept.version, missed, until, charge.api_key_id, rules)
        self.identities.put(name, known)

    def _learn_form(self, name: bytes, named: Named, headers: list[Header], *, size: int) -> None:
        places = [place for place, (header, _) in enumerate(headers) if _tells_limits(header)]
        if not places or any(header == "Set-Cookie" for header, _ in headers):
            return
        before, after = headers[: places[0]], headers[places[-1] + 1 :]
        self.forms.put(name, Form(named, size + FORM_OVERHEAD, tuple(before), tuple(after)))


def _is_plain(environ: Mapping[str, Any]) -> bool:
    length = environ.get("CONTENT_LENGTH") or ""
    return (
        environ["PATH_INFO"] in PATHS
        and environ["REQUEST_METHOD"] == METHOD
        and not environ.get("QUERY_STRING")
        and not environ.get("SCRIPT_NAME")
        and len(length) <= len(str(LARGEST_BODY))
        and length.isascii()
        and length.isdigit()
        and 0 < int(length) <= LARGEST_BODY
        and DOUBTS.isdisjoint(environ)
    )


def _credential_of(environ: Mapping[str, Any]) -> bytes | None:
    """Return the digest of the one credential; None if there is none, or more than one."""
    key, header = environ.get("HTTP_X_API_KEY"), environ.get("HTTP_AUTHORIZATION")
    if (key is None) == (header is None):
        return None
    text = f"key {key}" if header is None else f"header {header}"
    return hashlib.sha256(text.encode()).digest()


def _digest_of(environ: Mapping[str, Any], body: bytes) -> bytes:
    decides = "\n".join([str(environ.get(name)) for name in DECIDING])
    return hashlib.sha256(b"%s\n%s" % (decides.encode(), body)).digest()


def _holder_of(
    charge: Charge, environ: Mapping[str, Any], *, at: datetime
) -> tuple[User, datetime]:
    """Return whose the credential is, and until when it is so if nobody does anything.

    :raises OracleError: if it is not good any more
    """
    text = environ.get("HTTP_AUTHORIZATION", "").strip().partition(" ")[2].strip()
    if charge.api_key_id is None:
        session = identity.bearer(token=text, at=at)
        return session.user, min(session.expires_at, tokens.ends_at(text))
    key = identity.key_holder(key=environ.get("HTTP_X_API_KEY", text), at=at)
    return key.user, key.good_until(at=at)


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
