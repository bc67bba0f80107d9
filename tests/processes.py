"""Processes beside the tests' own, that all begin at once."""

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any

# Imported once, in the process that all others are forked from.
NEEDED = [
    "tests.common.test_breaker",
    "tests.discovery.geo.test_politeness",
    "tests.discovery.ncbi.asking",
]


def together(
    count: int, *, first: Callable[..., Any] | None = None, given: tuple[Any, ...] = ()
) -> ProcessPoolExecutor:
    """Return a pool of so many processes, none of which works before all are there.

    :param first: what each does before that, with a barrier and what is given
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(NEEDED)
    barrier = context.Barrier(count)
    return ProcessPoolExecutor(
        count, mp_context=context, initializer=first or _wait, initargs=(barrier, *given)
    )


def _wait(barrier: Any) -> None:
    barrier.wait()
