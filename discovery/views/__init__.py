"""The agents, the catalogue and workflows over HTTP."""

from discovery.views.agents import (
    DatasetListView,
    DatasetView,
    QueryAgentView,
    SearchAgentView,
    SummarizeAgentView,
    ValidateAgentView,
)
from discovery.views.around import (
    CitationView,
    DownloadsView,
    OverviewView,
    SamplesView,
    SimilarView,
)
from discovery.views.listing import AgentListView
from discovery.views.reports import ReportAgentView

__all__ = [
    "AgentListView",
    "CitationView",
    "DatasetListView",
    "DatasetView",
    "DownloadsView",
    "OverviewView",
    "QueryAgentView",
    "ReportAgentView",
    "SamplesView",
    "SearchAgentView",
    "SimilarView",
    "SummarizeAgentView",
    "ValidateAgentView",
]
