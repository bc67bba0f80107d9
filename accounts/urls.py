"""Routes below /api/v2/."""

from django.urls import path

from accounts.views import api_keys, me, oauth, registering, signing_in, staff

urlpatterns = [
    path("auth/register", registering.RegisterView.as_view(), name="register"),
    path("auth/email/verify", registering.VerifyView.as_view(), name="verify"),
    path("auth/email/verify/resend", registering.ResendView.as_view(), name="resend"),
    path("auth/password/reset", registering.AskForResetView.as_view(), name="reset"),
    path("auth/password/reset/confirm", registering.ResetView.as_view(), name="reset-confirm"),
    path("auth/password/change", me.PasswordChangeView.as_view(), name="password-change"),
    path("auth/login", signing_in.LoginView.as_view(), name="login"),
    path("auth/refresh", signing_in.RefreshView.as_view(), name="refresh"),
    path("auth/logout", signing_in.LogoutView.as_view(), name="logout"),
    path("auth/me", me.MeView.as_view(), name="me"),
    path("auth/me/export", me.ExportView.as_view(), name="export"),
    path("auth/oauth/providers", oauth.ProvidersView.as_view(), name="oauth-providers"),
    path("auth/oauth/linked", oauth.LinkedView.as_view(), name="oauth-linked"),
    path("auth/oauth/linked/<str:provider>", oauth.UnlinkView.as_view(), name="oauth-unlink"),
    path("auth/oauth/<str:provider>", oauth.ExchangeView.as_view(), name="oauth-exchange"),
    path("auth/sessions", me.SessionsView.as_view(), name="sessions"),
    path("auth/sessions/<uuid:session_id>", me.SessionView.as_view(), name="session"),
    path("users/api-keys", api_keys.ApiKeysView.as_view(), name="api-keys"),
    path("users/api-keys/<uuid:key_id>", api_keys.ApiKeyView.as_view(), name="api-key"),
    path("users/api-keys/<uuid:key_id>/rotate", api_keys.RotationView.as_view(), name="rotate"),
    path("admin/users", staff.UsersView.as_view(), name="users"),
    path("admin/users/<uuid:user_id>", staff.UserView.as_view(), name="user"),
]
