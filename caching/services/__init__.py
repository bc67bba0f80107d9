"""What the cache offers: keeping answers, invalidating them, telling about both, warming."""

from caching.services.answers import (
    Answer,
    Lasting,
    Rendered,
    at_hand,
    cached,
    count_given,
    remember,
    version,
)
from caching.services.invalidation import (
    Chosen,
    clear_all,
    clear_own,
    invalidate,
    invalidate_own,
    raise_version,
)
from caching.services.statistics import Figures, LevelFigures, figures
from caching.services.warming import warm, warm_most_asked

__all__ = [
    "Answer",
    "Chosen",
    "Figures",
    "Lasting",
    "LevelFigures",
    "Rendered",
    "at_hand",
    "cached",
    "clear_all",
    "clear_own",
    "count_given",
    "figures",
    "invalidate",
    "invalidate_own",
    "raise_version",
    "remember",
    "version",
    "warm",
    "warm_most_asked",
]
