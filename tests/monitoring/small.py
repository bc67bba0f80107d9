"""Settings and routes of a site that has health, and counts: it is there in half a second."""

from django.urls import include, path

from omicsoracle.settings.testing import *  # noqa: F403, TID251

INSTALLED_APPS = []
MIDDLEWARE = [
    "monitoring.requests.MetricsMiddleware",
    "common.middleware.RequestIdMiddleware",
]
ROOT_URLCONF = "tests.monitoring.small"
urlpatterns = [path("health", include("monitoring.urls"))]
