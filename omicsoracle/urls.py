"""Every route of the site."""

from csp.decorators import csp_update
from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import (
    SpectacularAPIView,
    SpectacularRedocView,
    SpectacularSwaggerSplitView,
)

from batch.views import flower
from monitoring import views as monitoring_views
from omicsoracle import legacy, views

# Swagger UI and ReDoc set styles as they run, and ReDoc searches in a worker of its own making.
with_inline_styles = csp_update(
    {"style-src": ["'self'", "'unsafe-inline'"], "worker-src": ["'self'", "blob:"]}
)

handler500 = "omicsoracle.views.server_error"
urlpatterns = [
    path("", include("omicsoracle.pages.urls")),
    path("", include("accounts.page_urls")),
    path("admin/flower/", flower.page, name="flower"),
    path("admin/flower/<path:place>", flower.page, name="flower-page"),
    path("admin/", admin.site.urls),
    path("api/schema", SpectacularAPIView.as_view(), name="schema"),
    path("api/v1/<path:place>", legacy.answer, name="legacy"),
    path("api/v2/", include("accounts.urls")),
    path("api/v2/", include("batch.urls")),
    path("api/v2/", include("caching.urls")),
    path("api/v2/", include("discovery.urls")),
    path("api/v2/", include("history.urls")),
    path("api/v2/", include("quotas.urls")),
    path("docs", with_inline_styles(SpectacularSwaggerSplitView.as_view()), name="docs"),
    path("docs/errors", views.errors, name="docs-errors"),
    path("health", include("monitoring.urls")),
    path("metrics", monitoring_views.metrics, name="metrics"),
    path(
        "redoc",
        with_inline_styles(SpectacularRedocView.as_view(template_name="docs/redoc.html")),
        name="redoc",
    ),
    path("ws/<path:place>", views.sockets, name="sockets"),
]
