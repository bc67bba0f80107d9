"""Who opens a WebSocket, and until when they may keep it open."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import structlog
from channels.db import database_sync_to_async
from django.conf import settings
from django.db import DatabaseError
from django.db.models import F
from django.http import parse_cookie
from django.http.request import validate_host
from django.utils import timezone
from django.utils.module_loading import import_string

from accounts import browser
from accounts.authentication import API_KEY, BEARER, scheme_of
from accounts.models import ApiKey, Session
from accounts.services import identity
from common.errors import OracleError
from common.live.sockets import OVER
from monitoring import metrics

NOT_AUTHENTICATED, TOO_MANY = 4401, 4429
CLOSE = "websocket.close"
LOOK_EVERY = 1.0  # seconds between two looks whether everybody may stay

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose credential opened a socket, and which session or key that is."""

    user_id: UUID
    session_id: UUID | None = None
    api_key_id: UUID | None = None


class KnownSockets:
    """Let through who shows one good credential; close their sockets when it is good no more.

    A token stands in `Sec-WebSocket-Protocol: bearer, <token>`, where browsers can put it, or in the headers
    of the API; without either the browser's cookie counts, if the page is one of ours.
    """

    def __init__(self, application: Application) -> None:
        self._application = application
        self._watch = Watch()

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        opening = await receive()
        scope["subprotocols"] = _words(scope["subprotocols"])
        if not _is_from_our_pages(scope):
            await send({"type": CLOSE})
            return
        holder = await database_sync_to_async(holder_of, thread_sensitive=False)(scope)
        if holder is None:
            await refuse(scope, send, NOT_AUTHENTICATED)
            return
        if self._watch.count(holder.user_id) >= settings.LIVE_SOCKETS_A_USER:
            await refuse(scope, send, TOO_MANY)
            return
        with self._watch.over(holder) as is_over, metrics.sockets_open.track_inprogress():
            inbox = Inbox(opening, receive, send, is_over)
            await self._application({**scope, "holder": holder}, inbox.receive, inbox.send)


class Inbox:
    """What a client sends, until it goes, or the socket is closed.

    The server sends no close while somebody waits for the client, and tells who waits nothing of it: so the
    waiting is ended first, and the application told that it is over.
    """

    def __init__(
        self, opening: Message, receive: Receive, send: Send, is_over: asyncio.Event
    ) -> None:
        self._opening: Message | None = opening
        self._receive, self._send = receive, send
        self._is_over = is_over
        self._closed_with: int | None = None
        self._next: asyncio.Future[Message] | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == CLOSE:
            self._closed_with = message.get("code", OVER)
            self._is_over.set()
            await self._wait_no_more()
        await self._send(message)

    async def receive(self) -> Message:
        if self._opening:
            opening, self._opening = self._opening, None
            return opening
        self._next = self._next or asyncio.ensure_future(self._receive())
        ending = asyncio.ensure_future(self._is_over.wait())
        waiting: set[asyncio.Future[Any]] = {self._next, ending}
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ending.cancel()
        if self._is_over.is_set():
            if self._closed_with is None:
                await self.send({"type": CLOSE, "code": NOT_AUTHENTICATED})
            return {"type": "websocket.disconnect", "code": self._closed_with}
        received, self._next = self._next.result(), None
        return received

    async def _wait_no_more(self) -> None:
        if self._next is not None:
            self._next.cancel()
            await asyncio.wait({self._next})


class Watch:
    """The sockets of a process, and one look a second whether their credentials are still good."""

    def __init__(self) -> None:
        self._open: dict[Holder, set[asyncio.Event]] = defaultdict(set)
        self._looking: asyncio.Task[None] | None = None

    def count(self, user_id: UUID) -> int:
        return sum(len(events) for one, events in self._open.items() if one.user_id == user_id)

    @contextmanager
    def over(self, holder: Holder) -> Iterator[asyncio.Event]:
        """Watch over a socket as long as the block lasts; the event says that it must end."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        event = asyncio.Event()
        self._open[holder].add(event)
        try:
            yield event
        finally:
            self._open[holder].discard(event)
            if not self._open[holder]:
                del self._open[holder]

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY)
            holders = list(self._open)
            if not holders:
                return
            try:
                good = await database_sync_to_async(still_good, thread_sensitive=False)(
                    holders, at=timezone.now()
                )
            except DatabaseError as error:  # nobody knows: they stay
                logger.warning("sockets could not be looked after", error=type(error).__name__)
                continue
            for holder in set(holders) - good:
                for event in self._open.get(holder, ()):
                    event.set()


def holder_of(scope: dict[str, Any]) -> Holder | None:
    """Return whose socket this is to be; None without exactly one good credential."""
    given = list(_credentials(scope))
    try:
        if not given:
            return _by_cookie(scope)
        if len(given) > 1:
            return None
        ((kind, text),) = given
        if kind == BEARER:
            session = identity.bearer(token=text, at=timezone.now())
            return Holder(session.user_id, session_id=session.pk)
        if kind == API_KEY:
            key = identity.key_holder(key=text, at=timezone.now())
            return Holder(key.user_id, api_key_id=key.pk)
    except OracleError:
        return None
    return None


def still_good(holders: Iterable[Holder], *, at: datetime) -> set[Holder]:
    """Return those whose session or key is good: at most two queries."""
    by_session = {one.session_id: one for one in holders if one.session_id}
    by_key = {one.api_key_id: one for one in holders if one.api_key_id}
    sessions = Session.objects.live(at=at).filter(
        pk__in=by_session, user__is_active=True, token_version=F("user__token_version")
    )
    keys = ApiKey.objects.live(at=at).filter(pk__in=by_key, user__is_active=True)
    good = {by_session[pk] for pk in sessions.values_list("pk", flat=True)}
    return good | {by_key[pk] for pk in keys.values_list("pk", flat=True)}


def _credentials(scope: dict[str, Any]) -> Iterable[tuple[str, str]]:
    """Return each credential of the handshake: its scheme, and its text."""
    offered = scope["subprotocols"]
    if offered and offered[0] == BEARER:
        yield BEARER, offered[1] if len(offered) > 1 else ""
    for name, value in _headers(scope):
        if name == "x-api-key":
            yield API_KEY, value
        elif name == "authorization":
            yield scheme_of(value)


def _by_cookie(scope: dict[str, Any]) -> Holder | None:
    """Return who is signed in to the site. Only our own pages say where they come from as we do."""
    headers = dict(_headers(scope))
    key = parse_cookie(headers.get("cookie", "")).get(settings.SESSION_COOKIE_NAME)
    if not key or "origin" not in headers:
        return None
    store = import_string(f"{settings.SESSION_ENGINE}.SessionStore")
    session = browser.sign_in_of(store(key))
    return Holder(session.user_id, session_id=session.pk) if session else None


def _is_from_our_pages(scope: dict[str, Any]) -> bool:
    """Say whether no page opens it, or one of ours; other sites' pages bring our cookies along."""
    origin = dict(_headers(scope)).get("origin")
    if origin is None or origin in settings.CORS_ALLOWED_ORIGINS:
        return True
    host = urlsplit(origin).hostname
    return host is not None and validate_host(host, settings.ALLOWED_HOSTS)


def _headers(scope: dict[str, Any]) -> Iterable[tuple[str, str]]:
    return (
        (name.decode("latin-1").lower(), text.decode("latin-1")) for name, text in scope["headers"]
    )


def _words(subprotocols: Iterable[str]) -> list[str]:
    """Return the subprotocols one by one: granian leaves those of one header together."""
    return [word.strip() for one in subprotocols for word in one.split(",")]


async def refuse(scope: dict[str, Any], send: Send, code: int) -> None:
    """Open the socket only to say why it is closed: who is refused before that learns no code."""
    metrics.sockets_refused.labels(code).inc()
    accepted = BEARER if BEARER in scope["subprotocols"] else None
    await send({"type": "websocket.accept", "subprotocol": accepted})
    await send({"type": CLOSE, "code": code})
