"""Routes of the pages, from the site's root."""

from django.urls import path

from accounts.views import oauth, pages

PROVIDERS = ("github", "google")

# allauth builds addresses by these names.
oauth_urlpatterns = [
    path(f"accounts/{one}/login/{rest}", view, {"provider": one}, name=f"{one}_{name}")
    for one in PROVIDERS
    for rest, view, name in (("", oauth.start, "login"), ("callback/", oauth.come_back, "callback"))
]

urlpatterns = [
    *oauth_urlpatterns,
    path("login", pages.SignInPage.as_view(), name="sign-in"),
    path("logout", pages.sign_out, name="sign-out"),
    path("register", pages.RegisterPage.as_view(), name="register-page"),
    path("password/reset", pages.AskForResetPage.as_view(), name="ask-for-reset"),
    path("password/reset/confirm", pages.ResetPage.as_view(), name="reset-page"),
    path("email/verify", pages.VerifyPage.as_view(), name="verify-page"),
    path("email/verify/resend", pages.AnotherMailPage.as_view(), name="another-mail"),
    path("account", pages.AccountPage.as_view(), name="account"),
    path("account/sessions/end", pages.end_sessions, name="end-other-sessions"),
    path("account/sessions/<uuid:session_id>/end", pages.end_sessions, name="end-session"),
]
