"""Routes below /api/v2/."""

from django.urls import path

from discovery import views

urlpatterns = [
    path("agents", views.AgentListView.as_view(), name="agents"),
    path("agents/query", views.QueryAgentView.as_view(), name="agent-query"),
    path("agents/search", views.SearchAgentView.as_view(), name="agent-search"),
    path("agents/validate", views.ValidateAgentView.as_view(), name="agent-validate"),
    path("agents/summarize", views.SummarizeAgentView.as_view(), name="agent-summarize"),
    path("agents/report", views.ReportAgentView.as_view(), name="agent-report"),
    path("datasets", views.DatasetListView.as_view(), name="datasets"),
    path("datasets/<str:geo_id>", views.DatasetView.as_view(), name="dataset"),
    path("datasets/<str:geo_id>/citation", views.CitationView.as_view(), name="citation"),
    path("datasets/<str:geo_id>/downloads", views.DownloadsView.as_view(), name="downloads"),
    path("datasets/<str:geo_id>/overview", views.OverviewView.as_view(), name="overview"),
    path("datasets/<str:geo_id>/samples", views.SamplesView.as_view(), name="samples"),
    path("datasets/<str:geo_id>/similar", views.SimilarView.as_view(), name="similar"),
]
