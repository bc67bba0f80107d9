"""Routes below /api/v2/."""

from django.urls import path

from history.views import again, analytics, queries

urlpatterns = [
    path("analytics/usage", analytics.AnalyticsView.as_view(), name="analytics"),
    path("admin/analytics/usage", analytics.SiteAnalyticsView.as_view(), name="site-analytics"),
    path("history/queries", queries.QueriesView.as_view(), name="history-queries"),
    path(
        "history/queries/export",
        queries.QueriesExportView.as_view(),
        name="history-queries-export",
    ),
    path("history/queries/<uuid:query_id>", queries.QueryView.as_view(), name="history-query"),
    path(
        "history/queries/<uuid:query_id>/again",
        again.AgainView.as_view(),
        name="history-query-again",
    ),
]
