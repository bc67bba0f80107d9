"""API keys. The text of a key stands in one answer, to the form that made it, and nowhere else.

It is not in a redirect, a message, a session or an address: what shows it is not stored (`no-store`), and
the same form sent again, as a reload does, makes no other key.
"""

from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods
from django_redis.exceptions import ConnectionInterrupted

from omicsoracle.pages.asking import Refused, ask
from omicsoracle.pages.confirming import ask_first
from omicsoracle.pages.forms import SentOnce, choice, text
from omicsoracle.pages.middleware import passed_on
from omicsoracle.pages.paging import beside

SCOPES = (
    ("read write", "Read and write"),
    ("read", "Read only"),
)
LIVES = (("90", "90 days"), ("30", "30 days"), ("365", "A year"), ("", "Until I revoke it"))
GRACES = (("0", "At once"), ("3600", "In an hour"), ("86400", "In a day"), ("604800", "In a week"))
REMEMBERED = 86_400  # seconds: that a form was sent
SENT_BEFORE = (
    "This form was sent before, and its key was shown then, once. If you did not copy it, revoke it"
    " below, and make another one."
)


class KeyForm(SentOnce):
    """A key to be made."""

    name = text(
        "Name", maxlength=255, placeholder="Laptop in the lab", help_text="To tell it from others."
    )
    scopes = choice(
        "What it may do", SCOPES, help_text="Read: search and look up. Write: batch jobs, too."
    )
    days = forms.ChoiceField(label="How long it works", choices=LIVES, required=False, initial="90")

    def body(self) -> dict[str, Any]:
        days = self.cleaned_data["days"]
        ends = timezone.now() + timedelta(days=int(days)) if days else None
        scopes = self.cleaned_data["scopes"].split()
        name = self.cleaned_data["name"]
        return {"name": name, "scopes": scopes, "expires_at": ends and ends.isoformat()}


class RotationForm(SentOnce):
    """A key to be made in place of another."""

    grace_seconds = choice("When the old key stops working", GRACES)

    def body(self) -> dict[str, Any]:
        return {"grace_seconds": int(self.cleaned_data["grace_seconds"])}


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def keys(request: HttpRequest) -> HttpResponse:
    """List the keys, and make one."""
    if request.method != "POST":
        return _keys_page(request, KeyForm())
    form = KeyForm(request.POST)
    refused = None
    if form.is_valid():
        try:
            return _made(request, form, "users/api-keys")
        except Refused as error:
            form.explain(error)
            refused = error
    status = refused.status if refused else HTTPStatus.BAD_REQUEST
    page = _keys_page(request, form, status=status)
    return passed_on(refused, page) if refused else page


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def rotate(request: HttpRequest, key_id: UUID) -> HttpResponse:
    """Ask when the old key is to end, and show the new one."""
    form = RotationForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        return _made(request, form, f"users/api-keys/{key_id}/rotate")
    return render(request, "pages/keys/rotate.html", {"form": form})


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request: HttpRequest, key_id: UUID) -> HttpResponse:
    if request.method == "POST":
        ask(request, "DELETE", f"users/api-keys/{key_id}")
        messages.success(request, "The key is revoked: no request with it is answered any more.")
        return redirect("keys-page")
    return ask_first(
        request,
        title="Revoke this key?",
        says="Programs that use it are refused from their next request on. It cannot be undone;"
        " to replace a key without a gap, rotate it.",
        button="Yes, revoke it",
        stay="Keep it",
        back=reverse("keys-page"),
    )


@sensitive_variables()
def _made(request: HttpRequest, form: SentOnce, path: str) -> HttpResponse:
    """Make a key and show it in the answer; only once for each form, whatever the browser does."""
    once = form.cleaned_data["once"]
    if once and not _is_first(request, once):
        messages.warning(request, SENT_BEFORE)
        return redirect("keys-page")
    try:
        made = ask(request, "POST", path, form.body()).data
    except Refused:
        cache.delete(_sign_of(request, once))
        raise
    context = {"made": made, "site": request.build_absolute_uri("/").rstrip("/")}
    return render(request, "pages/keys/made.html", context, status=HTTPStatus.CREATED)


def _is_first(request: HttpRequest, once: str) -> bool:
    """Say whether a form was not sent before; without Valkey nobody knows, and the key is made."""
    try:
        return bool(cache.add(_sign_of(request, once), 1, REMEMBERED))
    except ConnectionInterrupted:
        return True


def _sign_of(request: HttpRequest, once: str) -> str:
    return f"form:{request.user.pk}:{once}"


def _keys_page(request: HttpRequest, form: KeyForm, *, status: int = 200) -> HttpResponse:
    query = {"cursor": request.GET.get("cursor"), "page_size": 100}
    listed = ask(request, "GET", "users/api-keys", query=query).data
    now = timezone.now()
    shown = [{**key, "state": _state_of(key, now)} for key in listed["results"]]
    context = {"form": form, "keys": shown, "beside": beside(request, listed)}
    return render(request, "pages/keys/keys.html", context, status=status)


def _state_of(key: Mapping[str, Any], now: Any) -> str:
    """Return whether a key works, and if not, why: rotated ones are revoked in a while."""
    revoked, expires = (parse_datetime(key[name] or "") for name in ("revoked_at", "expires_at"))
    if revoked and revoked <= now:
        return "revoked"
    if expires and expires <= now:
        return "expired"
    return "replaced" if revoked else "works"
