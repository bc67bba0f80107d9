"""Names of what a trace shows, for code that need not know whether there are traces.

Without traces, which `monitoring.tracing` begins, a name costs one look at a variable.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import wraps
from typing import ParamSpec, TypeVar

Given = ParamSpec("Given")
Made = TypeVar("Made")
Begin = Callable[..., AbstractContextManager[object]]
NOTHING = nullcontext()


class Traces:
    """Who begins a span, once there are traces."""

    begin: Begin | None = None


def span(name: str, **attributes: str | int) -> AbstractContextManager[object]:
    """Return what makes the block a part of the present trace; it must hold nothing secret."""
    begin = Traces.begin
    return NOTHING if begin is None else begin(name, **attributes)


def traced(name: str) -> Callable[[Callable[Given, Made]], Callable[Given, Made]]:
    """Make each call of a function a part of the present trace."""

    def decorate(function: Callable[Given, Made]) -> Callable[Given, Made]:
        @wraps(function)
        def call(*args: Given.args, **kwargs: Given.kwargs) -> Made:
            begin = Traces.begin
            if begin is None:
                return function(*args, **kwargs)
            with begin(name):
                return function(*args, **kwargs)

        return call

    return decorate
