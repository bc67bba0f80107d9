"""The pages that lead to an account."""

import contextlib
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST
from django.views.generic import FormView

from accounts import browser, page_limits
from accounts.forms import (
    AddressForm,
    LinkForm,
    PasswordChangeForm,
    RegisterForm,
    ResetForm,
    SignInForm,
)
from accounts.models import User
from accounts.services import oauth, password_reset, registration, sessions
from common.errors import OracleError

WRONG = "That address and password do not fit. Check both, or set a new password."


@method_decorator([never_cache, sensitive_post_parameters()], name="dispatch")
class FormPage(FormView[Any]):
    """A page with one form. What the services refuse is shown on it, with the API's status."""

    refusal: OracleError | None = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        too_many = page_limits.refusal(request)
        if too_many is not None:
            return page_limits.refused_page(request, too_many)
        return super().dispatch(request, *args, **kwargs)

    def act(self, given: dict[str, Any]) -> HttpResponse:
        """Do what the form asks for, and return the next page."""
        raise NotImplementedError

    def form_valid(self, form: forms.Form) -> HttpResponse:
        try:
            return self.act(form.cleaned_data)
        except OracleError as error:
            self.refusal = error
            form.add_error(None, _sayings(error, form))
        except ValidationError as error:
            form.add_error("new_password" if "new_password" in form.fields else "password", error)
        return self.form_invalid(form)

    def form_invalid(self, form: forms.Form) -> HttpResponse:
        page = self.render_to_response(self.get_context_data(form=form, refusal=self.refusal))
        if self.refusal is not None:
            page.status_code = self.refusal.status
            for name, value in self.refusal.headers.items():
                page[name] = value
        return page


class SignInPage(FormPage):
    template_name = "accounts/sign_in.html"
    form_class = SignInForm

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            return _led_on(request)
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:  # to be somebody else, sign out first
            return _led_on(request)
        return super().post(request, *args, **kwargs)

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        return super().get_context_data(**context, next=_next(self.request), providers=_providers())

    def act(self, given: dict[str, Any]) -> HttpResponse:
        user = authenticate(self.request, username=given["email"], password=given["password"])
        if user is None:
            raise ValidationError(WRONG)
        login(self.request, user)
        return _led_on(self.request)


@require_POST
@never_cache
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("home")


class RegisterPage(FormPage):
    template_name = "accounts/register.html"
    form_class = RegisterForm

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        return super().get_context_data(**context, providers=_providers())

    def act(self, given: dict[str, Any]) -> HttpResponse:
        registration.register(**given, at=timezone.now())
        works_at_once = settings.EMAIL_VERIFICATION != "required"
        context = {"email": given["email"], "works_at_once": works_at_once}
        return render(self.request, "accounts/registered.html", context)


class AskForResetPage(FormPage):
    template_name = "accounts/ask_for_reset.html"
    form_class = AddressForm

    def act(self, given: dict[str, Any]) -> HttpResponse:
        password_reset.ask(email=given["email"], at=timezone.now())
        return render(self.request, "accounts/mail_sent.html", {"email": given["email"]})


class AnotherMailPage(FormPage):
    """Another mail with a key for the address."""

    template_name = "accounts/another_mail.html"
    form_class = AddressForm

    def act(self, given: dict[str, Any]) -> HttpResponse:
        registration.resend(email=given["email"], at=timezone.now())
        return render(self.request, "accounts/mail_sent.html", {"email": given["email"]})


class LinkPage(FormPage):
    """A page whose address holds a secret: it is told to no other.

    Its form is sent to the address without the secret, so that no later page's has it.
    """

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        page = super().dispatch(request, *args, **kwargs)
        # Not `no-referrer`: browsers then say `Origin: null`, and no form passes the CSRF check.
        page["Referrer-Policy"] = "strict-origin"
        return page

    def form_invalid(self, form: forms.Form) -> HttpResponse:
        page = super().form_invalid(form)
        if any(field.errors for field in form.hidden_fields()):  # the link was cut
            page.status_code = 400
        return page

    def get_initial(self) -> dict[str, Any]:
        return {name: self.request.GET.get(name, "") for name in ("uid", "token", "key")}


class VerifyPage(LinkPage):
    """Programs that look into mails follow links: only the button proves the address."""

    template_name = "accounts/verify.html"
    form_class = LinkForm

    def act(self, given: dict[str, Any]) -> HttpResponse:
        registration.verify(key=given["key"], at=timezone.now())
        messages.success(self.request, "Your address is verified.")
        return redirect("home" if self.request.user.is_authenticated else "sign-in")


class ResetPage(LinkPage):
    template_name = "accounts/reset.html"
    form_class = ResetForm

    def act(self, given: dict[str, Any]) -> HttpResponse:
        del given["repeated"]
        password_reset.confirm(**given, at=timezone.now())
        messages.success(self.request, "Your password is set. Sign in with it.")
        return redirect("sign-in")


@method_decorator([never_cache, login_required], name="dispatch")
class AccountPage(FormPage):
    """Who one is, where one is signed in, and another password."""

    template_name = "accounts/account.html"
    form_class = PasswordChangeForm
    request: Any

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        live = sessions.live(user=self.request.user, at=timezone.now()).order_by("-pk")
        shown = {
            "sessions": live,
            "present": self.request.sign_in,
            "linked": oauth.linked(user=self.request.user),
            "can_link": settings.SOCIALACCOUNT_PROVIDERS,
        }
        return super().get_context_data(**context, **shown)

    def act(self, given: dict[str, Any]) -> HttpResponse:
        del given["repeated"]
        session = self.request.sign_in
        password_reset.change(user=self.request.user, session=session, at=timezone.now(), **given)
        browser.stay(self.request, session=session)
        messages.success(self.request, "Your password is changed; you are signed out elsewhere.")
        return redirect("account")


@require_POST
@never_cache
@login_required
def end_sessions(request: Any, session_id: UUID | None = None) -> HttpResponse:
    """End one session, or without an id all but this one."""
    user: User = request.user
    at = timezone.now()
    if session_id is None:
        sessions.end_others(user=user, than=request.sign_in, at=at)
    else:
        with contextlib.suppress(sessions.SessionNotFound):  # over already: as was wanted
            sessions.end_one(user=user, session_id=session_id, at=at)
    return redirect("account")


def _next(request: HttpRequest) -> str:
    """Return where to go afterwards: a page of ours, whatever the request says."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours else reverse(settings.LOGIN_REDIRECT_URL)


def _led_on(request: HttpRequest) -> HttpResponse:
    # Not `redirect`: that takes a word without a slash for the name of a route.
    return HttpResponseRedirect(_next(request))


def _sayings(error: OracleError, form: forms.Form) -> ValidationError:
    """Return what a service has against a form, beside the fields that it names."""
    named = error.extra.get("errors")
    if isinstance(named, dict) and named.keys() <= form.fields.keys():
        return ValidationError(named)
    return ValidationError(error.detail)


def _providers() -> list[dict[str, str]]:
    """Return the providers that are offered: their names, and where their sign-in begins."""
    return [
        {"name": settings.OAUTH_NAMES[name], "url": reverse(f"{name}_login")}
        for name in settings.SOCIALACCOUNT_PROVIDERS
    ]
