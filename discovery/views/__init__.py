"""The agents and the catalogue over HTTP."""

from discovery.views.agents import (
    DatasetListView,
    DatasetView,
    QueryAgentView,
    SearchAgentView,
    SummarizeAgentView,
    ValidateAgentView,
)

__all__ = [
    "DatasetListView",
    "DatasetView",
    "QueryAgentView",
    "SearchAgentView",
    "SummarizeAgentView",
    "ValidateAgentView",
]
