"""Whether something grows: the straight line through what was seen, by least squares."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, linear_regression

HOUR = 3600.0
SETTLED = 1 / 3  # of the time, in which caches fill, is not looked at


@dataclass(frozen=True, slots=True)
class Trend:
    """`mean` of the values after the first third, and how much they grow `an_hour`."""

    mean: float
    an_hour: float

    @property
    def share(self) -> float:
        """Return the growth of an hour as a share of the mean."""
        return self.an_hour / self.mean if self.mean else 0.0


def trend(moments: Sequence[float], values: Sequence[float]) -> Trend | None:
    """Return how values change; None if there are too few.

    :param moments: in seconds, in order
    """
    if not moments:
        return None
    since = moments[0] + (moments[-1] - moments[0]) * SETTLED
    pairs = [(at, value) for at, value in zip(moments, values, strict=True) if at >= since]
    if len(pairs) < 3:  # two points are always on a line
        return None
    later, seen = zip(*pairs, strict=True)
    return Trend(fmean(seen), linear_regression(later, seen).slope * HOUR)
