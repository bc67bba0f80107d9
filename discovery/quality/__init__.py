"""How far one can work with a series, told from its record alone: plain Python, no clock."""

from discovery.quality.assessing import (
    CEILINGS,
    DIMENSIONS,
    LEVELS,
    WEIGHTS,
    Level,
    Quality,
    assess,
    judge,
)
from discovery.quality.described import Described
from discovery.quality.judged import Judged

__all__ = [
    "CEILINGS",
    "DIMENSIONS",
    "LEVELS",
    "WEIGHTS",
    "Described",
    "Judged",
    "Level",
    "Quality",
    "assess",
    "judge",
]
