"""Find the series that answer a question, best first, and say why."""

from discovery.services.search.answer import (
    Answer,
    Hit,
    LiveSearchUnavailable,
    Mode,
    rank,
    search,
)

__all__ = ["Answer", "Hit", "LiveSearchUnavailable", "Mode", "rank", "search"]
