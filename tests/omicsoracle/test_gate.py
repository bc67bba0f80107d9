"""A gate lets the most urgent in first, by how far the line reaches for them."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any

import pytest

from omicsoracle.gate import SHARES, Gate, Kind
from omicsoracle.urgency import SIGN_INS, kind_of
from tests.security.routes import PUBLIC

SEARCH, BATCH = "/api/v2/agents/search", "/api/v2/batch/jobs"


def in_a_loop(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    @wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        asyncio.run(test(*args, **kwargs))

    return run


class Line:
    """A gate with one place, which is taken, and those who wait for it."""

    def __init__(self, waiting: int) -> None:
        self.gate = Gate(places=1, waiting=waiting)
        self.entered: list[Kind] = []
        self.tasks: list[asyncio.Task[None]] = []

    async def begin(self) -> "Line":
        await self.gate.enter(Kind.OTHER)
        return self

    async def add(self, *kinds: Kind) -> None:
        self.tasks += [asyncio.create_task(self._enter(kind)) for kind in kinds]
        await asyncio.sleep(0)

    async def end(self) -> None:
        self.gate.leave(Kind.OTHER)
        await asyncio.gather(*self.tasks)

    async def _enter(self, kind: Kind) -> None:
        assert await self.gate.enter(kind)
        self.entered.append(kind)
        self.gate.leave(kind)


@in_a_loop
async def test_the_longer_the_line_the_more_urgent_one_must_be() -> None:
    line = await Line(waiting=20).begin()
    refused = []
    for kind in (*SHARES, Kind.STAFF):
        while line.gate.waiting < 20 * SHARES[kind]:
            await line.add(Kind.STAFF)
        refused.append([one for one in SHARES if not await can_wait(line, one)])

    kinds = list(SHARES)
    assert refused == [kinds[: n + 1] for n in range(len(kinds))] + [kinds]
    await line.end()


async def can_wait(line: Line, kind: Kind) -> bool:
    return line.gate.waiting < 20 * SHARES[kind] or await line.gate.enter(kind)


@in_a_loop
async def test_who_waits_is_let_in_in_the_order_of_coming() -> None:
    line = await Line(waiting=20).begin()
    coming = [Kind.BATCH, Kind.OTHER, Kind.AUTH, Kind.EXPORT, Kind.OTHER]
    await line.add(*coming)

    await line.end()

    assert line.entered == coming


@in_a_loop
async def test_health_neither_waits_nor_is_refused() -> None:
    gate = Gate(places=1, waiting=0)
    await gate.enter(Kind.OTHER)

    assert all([await gate.enter(Kind.HEALTH) for _ in range(100)])
    gate.leave(Kind.HEALTH)

    assert not await gate.enter(Kind.STAFF)


@in_a_loop
async def test_a_place_that_nobody_waits_for_is_free_again() -> None:
    gate = Gate(places=2, waiting=0)
    for _ in range(3):
        assert await gate.enter(Kind.OTHER)
        assert await gate.enter(Kind.OTHER)
        assert not await gate.enter(Kind.OTHER)

        gate.leave(Kind.OTHER)
        gate.leave(Kind.OTHER)


@in_a_loop
async def test_no_more_work_at_once_than_there_are_places() -> None:
    gate, inside, most = Gate(places=3, waiting=1000), 0, 0

    async def work() -> None:
        nonlocal inside, most
        for _ in range(20):
            assert await gate.enter(Kind.OTHER)
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1
            gate.leave(Kind.OTHER)

    await asyncio.gather(*(work() for _ in range(20)))

    assert (most, gate.waiting) == (3, 0)


@pytest.mark.parametrize("is_handed_over", [False, True], ids=["in line", "just let in"])
def test_who_gives_up_waiting_takes_no_place(*, is_handed_over: bool) -> None:
    @in_a_loop
    async def give_up() -> None:
        line = await Line(waiting=20).begin()
        await line.add(Kind.OTHER, Kind.OTHER)
        gone, other = line.tasks
        if is_handed_over:
            line.gate.leave(Kind.OTHER)
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
        if not is_handed_over:
            line.gate.leave(Kind.OTHER)

        await asyncio.wait_for(other, 5)

        assert line.entered == [Kind.OTHER]
        assert await line.gate.enter(Kind.OTHER)

    give_up()


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("POST", BATCH, Kind.BATCH),
        ("POST", "/api/v2/batch/jobs/1/retry/", Kind.BATCH),
        ("GET", BATCH, Kind.OTHER),
        ("GET", "/api/v2/batch/jobs/1/results", Kind.EXPORT),
        ("GET", "/api/v2/auth/me/export/", Kind.EXPORT),
        ("POST", "/api/v2/agents/report", Kind.EXPORT),
        ("POST", SEARCH, Kind.OTHER),
        ("POST", "/api/v2/workflows/execute", Kind.OTHER),
        ("GET", "/api/v2/datasets/GSE1", Kind.OTHER),
        ("GET", "/", Kind.OTHER),
        ("POST", "/api/v2/auth/refresh", Kind.AUTH),
        ("GET", "/api/v2/auth/me", Kind.OTHER),
        ("PATCH", "/api/v2/auth/me", Kind.OTHER),
        ("GET", "/admin/", Kind.STAFF),
        ("GET", "/api/v2/admin/users", Kind.STAFF),
        ("GET", "/metrics", Kind.STAFF),
        ("GET", "/health", Kind.HEALTH),
        ("GET", "/health/live/", Kind.HEALTH),
        ("GET", "/healthy", Kind.OTHER),
        ("GET", "/administration", Kind.OTHER),
    ],
)
def test_what_is_asked_says_how_urgent_it_is(method: str, path: str, kind: Kind) -> None:
    assert kind_of(method, path) is kind


def test_only_what_anybody_may_call_is_shed_for_its_hash() -> None:
    assert {path.strip("/") for path in SIGN_INS} <= PUBLIC
