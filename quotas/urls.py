"""Routes below /api/v2/."""

from django.urls import path

from quotas import views

urlpatterns = [
    path("users/usage", views.UsageView.as_view(), name="usage"),
    path("users/quota", views.QuotaView.as_view(), name="quota"),
    path("admin/users/<uuid:user_id>/quota", views.UserQuotaView.as_view(), name="user-quota"),
    path(
        "admin/users/<uuid:user_id>/quota/reset",
        views.QuotaResetView.as_view(),
        name="user-quota-reset",
    ),
]
