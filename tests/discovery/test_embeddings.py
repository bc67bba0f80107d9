"""The model that turns texts into vectors."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from discovery import embeddings


def test_threads_that_come_at_once_load_one_model(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[object] = []
    together = threading.Barrier(8)

    def load(*, threads: int) -> object:
        loaded.append(object())
        time.sleep(0.05)  # as loading takes its time, others come
        return loaded[-1]

    def come() -> object:
        together.wait()
        return embeddings.model(threads=99)

    monkeypatch.setattr(embeddings, "MiniLM", load)

    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(lambda _: come(), range(8)))

    embeddings._loaded.cache_clear()
    assert len(loaded) == 1
    assert given == [loaded[0]] * 8
