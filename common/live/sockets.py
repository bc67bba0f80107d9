"""A socket that tells of one object: its present state first, then each change, then the end."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from uuid import UUID

import structlog
from channels.consumer import get_handler_name
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import DatabaseError
from django.utils import timezone
from redis.exceptions import RedisError

from common.live.state import State
from common.live.telling import group_of
from common.renderers import FastJSONRenderer

BEARER = "bearer"  # the subprotocol whose second word is the token
NOT_FOUND, OVER = 4404, 1000
LOOK_EVERY = 20.0  # seconds between two looks at the database: what was told may have been lost
SEND_SECONDS = 10.0  # who does not read for so long is not there

logger = structlog.get_logger(__name__)


class StateSocket(AsyncWebsocketConsumer):  # type: ignore[misc]  # channels has no types
    """Of one object of whoever opens it. Others' objects are closed like those that do not exist.

    `scope["holder"]` says who that is: `accounts.sockets` has put it there.
    """

    kind: ClassVar[str]  # of object; its id is the route's only argument

    def read(self, user_id: UUID, object_id: UUID) -> State | None:
        """Return the object's present state; None if the user has no such object."""
        raise NotImplementedError

    async def connect(self) -> None:
        self._version = -1
        self._looking: asyncio.Task[None] | None = None
        (self._object_id,) = self.scope["url_route"]["kwargs"].values()
        await self.accept(BEARER if BEARER in self.scope["subprotocols"] else None)
        await self._listen()
        await self._show_or_close(await self._read())
        self._looking = asyncio.create_task(self._look_again())

    async def dispatch(self, message: Mapping[str, Any]) -> None:
        """Handle a message, without the library's look after a thread's connections: that is done where one is used."""
        await getattr(self, get_handler_name(message))(message)

    async def disconnect(self, code: int) -> None:
        if self._looking:
            self._looking.cancel()
        try:
            await self.channel_layer.group_discard(self._group, self.channel_name)
        except (RedisError, OSError) as error:
            logger.info("a socket could not leave its group", error=type(error).__name__)

    async def live_change(self, told: Mapping[str, Any]) -> None:
        """Pass on what `tell` was given."""
        await self._show(State(**told["change"]))

    @property
    def _group(self) -> str:
        return group_of(self.kind, self._object_id)

    async def _listen(self) -> None:
        """Hear of changes; without Valkey the socket is as late as it looks again."""
        try:
            await self.channel_layer.group_add(self._group, self.channel_name)
        except (RedisError, OSError) as error:
            logger.warning("a socket hears of no changes", error=type(error).__name__)

    async def _read(self) -> State | None:
        read = database_sync_to_async(self.read, thread_sensitive=False)
        found: State | None = await read(self.scope["holder"].user_id, self._object_id)
        return found

    async def _look_again(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY * random.uniform(0.8, 1.2))  # noqa: S311 (no secret)
            try:
                state = await self._read()
                await self._show_or_close(state)
            except DatabaseError as error:
                logger.warning("a socket could not look", error=type(error).__name__)
            except TimeoutError:  # the next change finds out, too
                return

    async def _show_or_close(self, state: State | None) -> None:
        if state is None:
            await self.close(NOT_FOUND)
        else:
            await self._show(state)

    async def _show(self, state: State) -> None:
        await self._say(state.always)
        if state.version <= self._version:
            return
        self._version = state.version
        await self._say(state.messages)
        if state.is_over:
            await self.close(OVER)

    async def _say(self, messages: Sequence[Mapping[str, Any]]) -> None:
        for message in messages:
            text = FastJSONRenderer().render({**message, "at": timezone.now()}).decode()
            async with asyncio.timeout(SEND_SECONDS):
                await self.send(text)
