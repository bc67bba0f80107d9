"""What serves, what served before, and what has been begun: a file that is whole at any moment."""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Self

from deploy.bluegreen.errors import Busy

COLOURS = ("blue", "green")


@dataclass(frozen=True, slots=True)
class Serving:
    """A version in a colour."""

    colour: str
    version: str

    def __str__(self) -> str:
        return f"{self.version} ({self.colour})"


@dataclass(frozen=True, slots=True)
class State:
    """Of one machine.

    :param serving: what nginx passes requests to
    :param previous: the version that served before it, for `rollback`
    :param begun: what is being deployed; after a deployment that was killed, it is still here
    """

    serving: Serving | None = None
    previous: str = ""
    begun: Serving | None = None

    def next(self, version: str) -> Serving:
        """Return the version in the colour that does not serve."""
        is_blue = self.serving is not None and self.serving.colour == "blue"
        return Serving(COLOURS[is_blue], version)

    def begin(self, target: Serving) -> Self:
        return replace(self, begun=target)

    def give_up(self) -> Self:
        return replace(self, begun=None)

    def finish(self) -> Self:
        """Let what was begun serve."""
        before = self.serving.version if self.serving else ""
        return replace(self, serving=self.begun, previous=before, begun=None)


class StateFile:
    """Where the state is kept."""

    def __init__(self, home: Path) -> None:
        self._file = home / "state.json"

    def read(self) -> State:
        if not self._file.exists():
            return State()
        said = json.loads(self._file.read_text(encoding="utf-8"))
        serving, begun = (
            Serving(**said[one]) if said[one] else None for one in ("serving", "begun")
        )
        return State(serving, said["previous"], begun)

    def write(self, state: State) -> State:
        half = self._file.with_suffix(".half")
        half.write_text(json.dumps(asdict(state), indent=2) + "\n", encoding="utf-8")
        half.replace(self._file)
        return state


@contextmanager
def only_one(home: Path) -> Iterator[None]:
    """Let nobody else deploy here meanwhile; the lock goes with the process, however it ends.

    :raises Busy: if somebody does
    """
    home.mkdir(parents=True, exist_ok=True)
    with (home / "deploy.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(f"Another deployment is under way in {home}: wait for its end.") from None
        yield
