"""Who may work, who waits, and who is refused: so many places, and a line in front of them.

Plain Python, for one event loop. A process does no more by doing more at once: beyond its places a
request waits, and beyond a short line it is refused at once. How far the line reaches depends on
what is asked, so that of too many requests the least urgent are refused first.
"""

import asyncio
from collections import deque
from enum import IntEnum


class Kind(IntEnum):
    """What is asked, the least urgent first: the order in which it is refused."""

    BATCH = 0
    EXPORT = 1
    OTHER = 2  # searches and reads alike: a line that reached further for one of them would shut the other out
    AUTH = 3
    STAFF = 4
    HEALTH = 5  # never waits and is never refused


# What may stand in line before one more of a kind is refused, as a share of the whole line.
SHARES = {
    Kind.BATCH: 0.25,
    Kind.EXPORT: 0.5,
    Kind.OTHER: 0.85,
    Kind.AUTH: 0.95,
    Kind.STAFF: 1.0,
}


class Gate:
    """Lets so many in at once, and who waits in the order of coming: so nobody waits for long.

    :param places: how many may be inside; health besides
    :param waiting: how many may stand in line
    """

    def __init__(self, *, places: int, waiting: int) -> None:
        self._free = places
        self._room = {kind: share * waiting for kind, share in SHARES.items()}
        self._line: deque[asyncio.Future[None]] = deque()

    async def enter(self, kind: Kind) -> bool:
        """Go in, perhaps after a wait; False if one is refused. Who was let in must `leave`."""
        if kind is Kind.HEALTH:
            return True
        if self._free:
            self._free -= 1
            return True
        if len(self._line) >= self._room[kind]:
            return False
        mine = asyncio.get_running_loop().create_future()
        self._line.append(mine)
        try:
            await mine  # until somebody who leaves hands over the place
        except asyncio.CancelledError:
            self._give_up(mine, kind)
            raise
        return True

    def leave(self, kind: Kind) -> None:
        """Give the place to who has waited longest."""
        if kind is Kind.HEALTH:
            return
        if self._line:
            self._line.popleft().set_result(None)
        else:
            self._free += 1

    @property
    def waiting(self) -> int:
        return len(self._line)

    def _give_up(self, mine: "asyncio.Future[None]", kind: Kind) -> None:
        """Leave the line, or give on the place that was handed over at the same moment."""
        if mine in self._line:
            self._line.remove(mine)
        else:
            self.leave(kind)
