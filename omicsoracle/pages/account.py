"""What the reader changes about the account, besides the password: `accounts.views.pages` has that."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from omicsoracle.pages.asking import Refused, ask
from omicsoracle.pages.confirming import ask_first
from omicsoracle.pages.forms import ApiForm
from omicsoracle.pages.middleware import passed_on


class GoneForm(ApiForm):
    """Proves who deletes the account."""

    password = forms.CharField(
        label="Your password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


@never_cache
@login_required
@require_POST
def rename(request: HttpRequest) -> HttpResponse:
    ask(request, "PATCH", "auth/me", {"full_name": request.POST.get("full_name", "")})
    messages.success(request, "Your name is changed.")
    return redirect("account")


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def unlink(request: HttpRequest, provider: str) -> HttpResponse:
    if request.method == "POST":
        ask(request, "DELETE", f"auth/oauth/linked/{provider}")
        messages.success(request, "It is unlinked.")
        return redirect("account")
    return ask_first(
        request,
        title="Unlink this provider?",
        says="You cannot sign in with it any more, until you sign in with it once more and both sides"
        " have verified your address.",
        button="Yes, unlink it",
        stay="Keep it",
        back=reverse("account"),
    )


@sensitive_post_parameters()
@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest) -> HttpResponse:
    """Say what goes and what stays, and erase the account of who proves to be its owner."""
    form = GoneForm(request.POST if request.method == "POST" else None)
    if not (form.is_bound and form.is_valid()):
        return render(request, "accounts/delete.html", {"form": form})
    try:
        ask(request, "DELETE", "auth/me", form.cleaned_data)
    except Refused as refused:
        form.explain(refused)
        page = render(request, "accounts/delete.html", {"form": form}, status=refused.status)
        return passed_on(refused, page)
    _forget_browser(request)
    messages.success(request, "Your account is deleted.")
    return redirect("home")


def _forget_browser(request: Any) -> None:
    """Let this browser's session go: its user is no more, so that it can neither be kept nor signed out."""
    request.session.flush()
    request.user = AnonymousUser()
