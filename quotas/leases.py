"""How many expensive requests one caller has running at once, over all servers."""

import threading
import time
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings

from common.errors import TooManyRequests
from quotas import valkey
from quotas.limiter import Caller

SCRIPT = (Path(__file__).parent / "lease.lua").read_text()
LASTS_MS = 60_000  # longer than any request: a holder that was killed gives it back by this
LOOKS_EVERY = 0.05  # seconds, while waiting for one
RETRY_AFTER = 1

# Who waits holds a thread: some must be left for everybody else.
_waiting = threading.BoundedSemaphore(max(1, settings.WEB_THREADS // 4))


class TooManyAtOnce(TooManyRequests):
    """As many expensive requests of this user are running as may."""

    code = "concurrency_limited"


def obtain(caller: Caller) -> str | None:
    """Return a lease; None if nobody can count them at the moment.

    :raises TooManyAtOnce: if none became free while we waited
    """
    name = uuid4().hex
    try:
        if _is_given(caller, name) or _is_given_later(caller, name):
            return name
    except valkey.Away:
        return None
    raise TooManyAtOnce(
        "Too many expensive requests of yours are running. Send the next when one has ended.",
        retry_after=RETRY_AFTER,
        policy="concurrency",
    )


def release(caller: Caller, name: str) -> None:
    """Give a lease back; if Valkey is away, it ends by itself."""
    server = valkey.server()
    try:
        server.ask(lambda: server.client.zrem(caller.key("c"), name))
    except valkey.Away:
        return


def _is_given(caller: Caller, name: str) -> bool:
    most = settings.QUOTA_EXPENSIVE_AT_ONCE
    return bool(_script_at(valkey.server())([caller.key("c")], [name, most, LASTS_MS]))


def _is_given_later(caller: Caller, name: str) -> bool:
    if not _waiting.acquire(blocking=False):
        return False
    try:
        until = time.monotonic() + settings.QUOTA_EXPENSIVE_WAIT
        while time.monotonic() < until:
            time.sleep(LOOKS_EVERY)
            if _is_given(caller, name):
                return True
        return False
    finally:
        _waiting.release()


@cache
def _script_at(server: valkey.Server) -> Any:
    return server.script(SCRIPT)
