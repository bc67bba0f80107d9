"""The agents, the catalogue and workflows over HTTP."""

from discovery.views.agents import (
    DatasetListView,
    DatasetView,
    QueryAgentView,
    SearchAgentView,
    SummarizeAgentView,
    ValidateAgentView,
)
from discovery.views.listing import AgentListView
from discovery.views.reports import ReportAgentView
from discovery.views.workflows import ExecuteView, WorkflowView

__all__ = [
    "AgentListView",
    "DatasetListView",
    "DatasetView",
    "ExecuteView",
    "QueryAgentView",
    "ReportAgentView",
    "SearchAgentView",
    "SummarizeAgentView",
    "ValidateAgentView",
    "WorkflowView",
]
