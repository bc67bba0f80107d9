"""What a socket tells of one object."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class State:
    """How far an object is, or what has changed of it.

    :param version: grows with each change: what is older than what was told is not told any more
    :param messages: what clients are told, each with its `type`
    :param is_over: nothing will follow
    :param always: what is told first, and even if it comes later than something newer
    """

    version: int
    messages: Sequence[Mapping[str, Any]]
    is_over: bool = False
    always: Sequence[Mapping[str, Any]] = ()
