"""Waiting for another process that makes the answer."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from caching import locks
from caching.keys import Key
from caching.services import Rendered, remember


@pytest.mark.django_db
def test_who_waits_looks_less_and_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    @contextmanager
    def held(key: str) -> Iterator[bool]:
        yield len(pauses) == 10

    monkeypatch.setattr(locks, "held", held)
    monkeypatch.setattr(time, "sleep", pauses.append)

    remember(Key("api:response", "one"), lambda: Rendered(b"1"))

    assert pauses == sorted(pauses)
    assert pauses[0] < pauses[1] <= pauses[-1] == 0.2
