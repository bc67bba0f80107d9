"""Counting in Valkey: one round trip decides about all windows of a caller, and counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha1
from pathlib import Path
from typing import Any
from uuid import uuid4

from quotas import valkey
from quotas.events import RIDER
from quotas.limits import Decision, Level, Rule

EPOCH = "rl:epoch"  # there as long as nothing that was counted is lost
ALL_LIMITS = "rl:v"  # changes with the limits of any tier
STREAM = "rl:usage"
STREAM_LENGTH = 200_000
NO_DEBTS: Mapping[str, int] = {}
ANY_VERSION = "*"
REMEMBERED_MS = 10_000  # far longer than who asks waits for an answer
VERSION_SECONDS = 86_400  # far longer than anybody keeps limits in memory

RIDERS = (Path(__file__).parent / "riders.lua").read_text()
SCRIPT = (Path(__file__).parent / "limiter.lua").read_text()
DIGEST = sha1(SCRIPT.encode(), usedforsecurity=False).hexdigest()  # its name in Valkey
REFUND = (Path(__file__).parent / "refund.lua").read_text()
LET_IN, REFUSED, OTHER_VERSION, LOST = 1, 0, -1, -2


class OtherLimits(Exception):
    """The caller's limits were changed: read them again, and come back with this version."""

    def __init__(self, version: str) -> None:
        super().__init__(version)
        self.version = version


class CountsLost(Exception):
    """Valkey is there and empty: what was counted has to be put back first."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Whom one counts: a user or an address, by a name that no other has."""

    name: str

    @classmethod
    def user(cls, user_id: object) -> "Caller":
        return cls(f"u:{user_id}")

    @classmethod
    def address(cls, site: str) -> "Caller":
        return cls(f"a:{site}")

    def key(self, ending: str) -> str:
        return f"rl:{{{self.name}}}:{ending}"


def take(
    caller: Caller,
    rules: Sequence[Rule],
    *,
    cost: int = 1,
    version: str = ANY_VERSION,
    request: str = "",
    debts: Mapping[str, int] = NO_DEBTS,
    at_ms: int | None = None,
) -> Decision:
    """Count a request if all windows have room. A cost of 0 only looks.

    :param version: the version that the rules are of, as `OtherLimits` told it, or `ANY_VERSION`
    :param request: what only this request is called: asked about again, it is not counted again
    :param debts: what this process has let in by itself meanwhile, by the windows' keys
    :param at_ms: the time; without it, the server's
    :raises OtherLimits: if the rules are of another version than the present one
    :raises CountsLost: if the server has lost its data
    :raises valkey.Away: if there is no answer in time
    """
    keys, windows = _question(caller, rules, debts)
    time = "" if at_ms is None else at_ms
    args = [cost, version, "", time, STREAM_LENGTH, request, REMEMBERED_MS, *windows]
    return decision_of(rules, _script()(keys, args))


class Prepared:
    """`take` for a caller's requests, packed but for what differs: it is asked again and again."""

    def __init__(self, caller: Caller, rules: Sequence[Rule], *, version: str) -> None:
        keys, windows = _question(caller, rules, NO_DEBTS)
        before = ["EVALSHA", DIGEST, str(len(keys)), *keys, "1", version]
        between = ["", str(STREAM_LENGTH)]
        after = [str(REMEMBERED_MS), *map(str, windows)]
        words = len(before) + 1 + len(between) + 1 + len(after)
        self.rules = rules
        self._before = b"*%d\r\n%b" % (words, _bulk(before))
        self._between = b"\r\n" + _bulk(between)
        self._after = b"\r\n" + _bulk(after)

    def packed(self, *, event: bytes, request: bytes) -> bytes:
        """Return the question about one request.

        :param event: added to the stream of usage if the request is let in
        :param request: what only this request is called
        """
        return b"%b$%d\r\n%b%b$%d\r\n%b%b" % (
            self._before,
            len(event),
            event,
            self._between,
            len(request),
            request,
            self._after,
        )


def decision_of(rules: Sequence[Rule], reply: Sequence[Any]) -> Decision:
    """Read what the script says.

    :raises OtherLimits: if the rules are of another version than the present one
    :raises CountsLost: if the server has lost its data
    """
    state, now, present, *numbers = reply
    if state == LOST:
        raise CountsLost
    if state == OTHER_VERSION:
        raise OtherLimits(present.decode())
    return Decision(now, _levels(rules, numbers))


def forget(caller: Caller, endings: Sequence[str]) -> None:
    """Empty the windows of a caller.

    :raises valkey.Away: if there is no answer in time
    """
    server = valkey.server()
    server.ask(lambda: server.client.delete(*(caller.key(one) for one in endings)))


def give_back(caller: Caller, rules: Sequence[Rule], *, cost: int, counted_at_ms: int) -> None:
    """Take back what was counted at a moment, from the windows that still hold it.

    :raises valkey.Away: if there is no answer in time
    """
    keys = [caller.key(rule.window.key) for rule in rules]
    sizes = [rule.window.bucket_ms for rule in rules]
    _refund_at(valkey.server())(keys, [cost, counted_at_ms, *sizes])


def renew_version(key: str) -> None:
    """Make every server read limits again before it counts another request.

    :raises valkey.Away: if there is no answer in time
    """
    server = valkey.server()
    server.ask(lambda: server.client.set(key, uuid4().hex[:12], ex=VERSION_SECONDS))


def add_event(event: bytes) -> None:
    """Add to the stream of usage.

    :raises valkey.Away: if there is no answer in time
    """
    server = valkey.server()
    fields: Any = {"e": event}
    server.ask(lambda: server.client.xadd(STREAM, fields, maxlen=STREAM_LENGTH, approximate=True))


def events_with_riders(user_id: object, *, newest: int) -> list[bytes]:
    """Return those of the newest events in the stream that are a user's and in which something rides.

    :raises valkey.Away: if there is no answer in time
    """
    found: list[bytes] = _riders_at(valkey.server())([STREAM], [str(user_id), newest, RIDER])
    return found


def _question(
    caller: Caller, rules: Sequence[Rule], debts: Mapping[str, int]
) -> tuple[list[str], list[object]]:
    """Return the script's keys, and its arguments about the windows."""
    keys = [EPOCH, ALL_LIMITS, caller.key("v"), STREAM]
    windows: list[object] = []
    for rule in rules:
        keys.append(caller.key(rule.window.key))
        limit = -1 if rule.limit is None else rule.limit
        debt = debts.get(rule.window.key, 0)
        windows += [rule.window.bucket_ms, rule.window.buckets, limit, debt]
    return keys, windows


def _bulk(words: Sequence[str]) -> bytes:
    encoded = [word.encode() for word in words]
    return b"".join(b"$%d\r\n%b\r\n" % (len(one), one) for one in encoded)


def _levels(rules: Sequence[Rule], numbers: Sequence[int]) -> tuple[Level, ...]:
    return tuple(
        Level(
            rule.window, rule.limit, used=used, reset_ms=None if reset < 0 else reset, wait_ms=wait
        )
        for rule, used, reset, wait in zip(
            rules, numbers[::3], numbers[1::3], numbers[2::3], strict=True
        )
    )


@cache
def _riders_at(server: valkey.Server) -> Any:
    return server.script(RIDERS)


@cache
def _script_at(server: valkey.Server) -> Any:
    return server.script(SCRIPT)


@cache
def _refund_at(server: valkey.Server) -> Any:
    return server.script(REFUND)


def _script() -> Any:
    return _script_at(valkey.server())
