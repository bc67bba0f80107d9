"""Routes below /api/v2/."""

from django.urls import path

from caching import views

urlpatterns = [
    path("cache/stats", views.StatsView.as_view(), name="cache-stats"),
    path("cache/invalidate", views.InvalidateView.as_view(), name="cache-invalidate"),
    path("cache/clear", views.ClearView.as_view(), name="cache-clear"),
    path("admin/cache/clear", views.ClearAllView.as_view(), name="admin-cache-clear"),
    path("admin/cache/warm", views.WarmView.as_view(), name="admin-cache-warm"),
    path(
        "admin/cache/warm/<uuid:warming_id>",
        views.WarmingView.as_view(),
        name="admin-cache-warming",
    ),
]
