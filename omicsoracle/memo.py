"""What the hot path learned, of what was used last."""

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from cachetools import LRUCache

Value = TypeVar("Value")


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
