"""The agents, the catalogue and workflows over HTTP."""

from discovery.views.agents import (
    DatasetListView,
    DatasetView,
    QueryAgentView,
    SearchAgentView,
    SummarizeAgentView,
    ValidateAgentView,
)
from discovery.views.around import CitationView, DownloadsView, SamplesView, SimilarView
from discovery.views.listing import AgentListView
from discovery.views.reports import ReportAgentView
from discovery.views.workflows import ExecuteView, WorkflowView

__all__ = [
    "AgentListView",
    "CitationView",
    "DatasetListView",
    "DatasetView",
    "DownloadsView",
    "ExecuteView",
    "QueryAgentView",
    "ReportAgentView",
    "SamplesView",
    "SearchAgentView",
    "SimilarView",
    "SummarizeAgentView",
    "ValidateAgentView",
    "WorkflowView",
]
