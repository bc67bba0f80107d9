"""Find the series that answer a question, best first, and say why."""

from discovery.services.search.answer import Answer, Hit, Mode, rank, search
from discovery.services.search.live import LiveSearchUnavailable, live_place, search_ncbi

__all__ = [
    "Answer",
    "Hit",
    "LiveSearchUnavailable",
    "Mode",
    "live_place",
    "rank",
    "search",
    "search_ncbi",
]
