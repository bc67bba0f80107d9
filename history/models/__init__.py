"""What is kept of what was asked."""

from history.models.queries import AgentType, Clearing, QueryHistory, QueryHistoryQuerySet

__all__ = ["AgentType", "Clearing", "QueryHistory", "QueryHistoryQuerySet"]
