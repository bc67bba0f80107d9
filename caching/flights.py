"""One maker for a key: among the threads of a process, and among all processes. In plain Python."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(slots=True)
class _Flight(Generic[T]):
    is_over: threading.Event = field(default_factory=threading.Event)
    result: T | None = None
    error: BaseException | None = None


class Flights(Generic[T]):
    """Threads that want the same at the same time: one of them does it, for all."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way: dict[str, _Flight[T]] = {}

    def once(self, key: str, act: Callable[[], T]) -> T:
        """Return what `act` returns, or raise what it raises, here or in the thread that was first."""
        with self._lock:
            flight = self._under_way.get(key)
            is_first = flight is None
            if flight is None:
                flight = self._under_way[key] = _Flight()
        if is_first:
            return self._fly(key, flight, act)
        flight.is_over.wait()
        if flight.error is not None:
            raise flight.error
        return flight.result  # type: ignore[return-value]

    def _fly(self, key: str, flight: _Flight[T], act: Callable[[], T]) -> T:
        try:
            flight.result = act()
        except BaseException as error:
            flight.error = error
            raise
        finally:
            with self._lock:
                del self._under_way[key]
            flight.is_over.set()
        return flight.result
