"""Routes of the web app. Those that lead to an account are the accounts' own."""

from django.urls import path

from omicsoracle.pages import datasets, home, plans, quick_start, reports, search, selection

finding = [
    path("search", search.results, name="search"),
    path("search/export", search.export, name="search-export"),
    path("datasets/<str:geo_id>", datasets.page, name="dataset-page"),
    path("datasets/<str:geo_id>/samples", datasets.samples, name="samples-page"),
    path("datasets/<str:geo_id>/similar", datasets.similar, name="similar-page"),
    path("datasets/<str:geo_id>/summary", datasets.summary, name="summary-page"),
    path("selection", selection.change, name="selection"),
    path("reports", reports.order, name="reports"),
    path("reports/read", reports.read, name="report"),
    path("quick-start", quick_start.quick_start, name="quick-start"),
    path("plans", plans.plans, name="plans"),
]
urlpatterns = [path("", home.home, name="home"), *finding]
