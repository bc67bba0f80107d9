"""Routes of the web app. Those that lead to an account are the accounts' own."""

from django.urls import path

from omicsoracle.pages import (
    account,
    batch,
    datasets,
    history,
    home,
    keys,
    plans,
    quick_start,
    reports,
    search,
    selection,
    usage,
)

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
own = [
    path("history", history.queries, name="history-page"),
    path("history/clear", history.forget_all, name="history-forget-all"),
    path("history/<uuid:query_id>", history.query, name="history-one"),
    path("history/<uuid:query_id>/again", history.again, name="history-again"),
    path("history/<uuid:query_id>/delete", history.forget, name="history-forget"),
    path("account/name", account.rename, name="account-name"),
    path("account/delete", account.delete, name="account-delete"),
    path("account/linked/<slug:provider>/end", account.unlink, name="account-unlink"),
    path("usage", usage.usage, name="usage-page"),
    path("keys", keys.keys, name="keys-page"),
    path("keys/<uuid:key_id>/rotate", keys.rotate, name="keys-rotate"),
    path("keys/<uuid:key_id>/revoke", keys.revoke, name="keys-revoke"),
    path("batch", batch.jobs, name="batch-pages"),
    path("batch/<uuid:job_id>", batch.job, name="batch-page"),
    path("batch/<uuid:job_id>/progress", batch.progress, name="batch-progress"),
    path("batch/<uuid:job_id>/results/<int:index>", batch.result, name="batch-result"),
    path("batch/<uuid:job_id>/cancel", batch.cancel, name="batch-cancel"),
    path("batch/<uuid:job_id>/retry", batch.retry, name="batch-retry"),
    path("batch/<uuid:job_id>/deliveries", batch.deliveries, name="batch-deliveries"),
]
urlpatterns = [path("", home.home, name="home"), *finding, *own]
