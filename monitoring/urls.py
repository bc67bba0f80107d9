"""Routes below /health."""

from django.urls import path

from monitoring import views

urlpatterns = [
    path("", views.overview, name="health"),
    path("/live", views.live, name="health-live"),
    path("/ready", views.ready, name="health-ready"),
]
