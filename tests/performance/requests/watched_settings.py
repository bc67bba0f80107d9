"""Settings of a server whose watching is measured: metrics may count nothing, traces go where they are told to."""

import os

from prometheus_client import values

from omicsoracle.settings.testing import *


class Nothing:
    """A value that is not kept."""

    _multiprocess = True

    def __init__(self, *_: object, **__: object) -> None:
        pass

    def inc(self, *_: object) -> None:
        pass

    def set(self, *_: object, **__: object) -> None:
        pass

    def get(self) -> float:
        return 0.0


if os.environ["WATCHED_METRICS"] == "off":
    values.ValueClass = Nothing
TRACES_TO = os.environ["WATCHED_TRACES_TO"]
TRACES_SAMPLED = float(os.environ["WATCHED_TRACES_SAMPLED"])
