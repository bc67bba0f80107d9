"""Find the series that answer a question, best first, and say why."""

from discovery.services.search.answer import Answer, Mode, rank, ranked, search
from discovery.services.search.hits import Hit
from discovery.services.search.live import (
    LiveSearchUnavailable,
    live_place,
    require_live_search,
    search_ncbi,
)

__all__ = [
    "Answer",
    "Hit",
    "LiveSearchUnavailable",
    "Mode",
    "live_place",
    "rank",
    "ranked",
    "require_live_search",
    "search",
    "search_ncbi",
]
