"""What is kept for long takes no more memory than it says."""

import tracemalloc
from collections.abc import Callable

import orjson

from caching.reports import written
from common.trimmed import trimmed
from discovery.noting import Noted
from history.results import Kept
from history.services.recording import rider_of

MANY = 200
OVERHEAD = 200  # bytes of an object, and of the place in a list


def held(make: Callable[[], bytes]) -> float:
    """Return how many bytes each of many takes beyond what it says."""
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    kept = [make() for _ in range(MANY)]
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return (after - before) / MANY - len(kept[0])


def test_what_is_trimmed_is_the_same_and_small() -> None:
    text = orjson.dumps({"query": "breast cancer"})

    assert trimmed(text) == text
    assert held(lambda: trimmed(orjson.dumps({"query": "breast cancer"}))) < OVERHEAD


def test_what_was_asked_is_small() -> None:
    assert held(lambda: written({"query": "breast cancer", "max_results": 5})) < OVERHEAD


def test_what_history_keeps_of_a_question_is_small() -> None:
    noted = Noted(agent="search", question="breast cancer", asked={"query": "breast cancer"})

    assert held(lambda: rider_of(noted, Kept({"datasets": []}, 3), is_cached=True)) < OVERHEAD
