"""allauth's providers, made strict, and how what they find ends in our accounts."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, NoReturn

import requests
from allauth.account.utils import get_request_param
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin
from allauth.socialaccount.providers.base import AuthError, AuthProcess
from allauth.socialaccount.providers.github.provider import GitHubProvider
from allauth.socialaccount.providers.github.views import GitHubOAuth2Adapter
from allauth.socialaccount.providers.google.provider import GoogleProvider
from allauth.socialaccount.providers.google.views import GoogleOAuth2Adapter
from allauth.socialaccount.providers.oauth2.client import OAuth2Client, OAuth2Error
from allauth.socialaccount.providers.oauth2.utils import generate_code_challenge
from django.conf import settings
from django.contrib.auth import login, logout
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from urllib3.exceptions import HTTPError as TransportError

from accounts.models import User
from accounts.services import oauth
from common.errors import OracleError

BACKEND = "accounts.backends.AccountBackend"
MOST_BYTES = 128 * 1024  # of one answer of a provider
CHUNK = 16 * 1024
LONGEST_NEXT = 2000


class ProviderSession(requests.Session):
    """Calls a provider: waits so long in all, reads so much, goes nowhere else."""

    def request(  # type: ignore[override]
        self, method: str, url: str, **options: Any
    ) -> requests.Response:
        """Return the provider's answer, read whole.

        :raises requests.RequestException: also if the provider is down, or answers people
        """
        ends_at = time.monotonic() + settings.SOCIALACCOUNT_REQUESTS_TIMEOUT
        options |= {"stream": True, "allow_redirects": False}
        options |= {"timeout": settings.SOCIALACCOUNT_REQUESTS_TIMEOUT}
        answer = super().request(method, url, **options)
        answer._content = _body(answer, ends_at)  # noqa: SLF001 (there is no other way to limit it)
        is_page = answer.headers.get("Content-Type", "").startswith("text/html")
        if answer.status_code in oauth.BUSY or (answer.ok and is_page):
            raise requests.RequestException("no answer for programs", response=answer)
        return answer


def _body(answer: requests.Response, ends_at: float) -> bytes:
    body = b""
    try:
        while chunk := answer.raw.read1(CHUNK, decode_content=True):
            body += chunk
            if len(body) > MOST_BYTES or time.monotonic() > ends_at:
                raise requests.RequestException("too much, or too slow")
    except TransportError as error:
        raise requests.ConnectionError(error) from error
    return body


@contextmanager
def _rubbish_refused() -> Iterator[None]:
    """Take what allauth stumbles over for what it is: an answer that makes no sense."""
    try:
        yield
    except requests.RequestException:
        raise
    except (LookupError, TypeError, AttributeError, ValueError, ArithmeticError) as error:
        raise OAuth2Error("the answer makes no sense") from error
    except RecursionError as error:
        raise OAuth2Error("the answer is nested too deep") from error


class StrictClient(OAuth2Client):  # type: ignore[misc]
    """Gets tokens, and of what comes with them no more than we use."""

    def get_access_token(self, *args: Any, **options: Any) -> dict[str, str]:
        with _rubbish_refused():
            said = super().get_access_token(*args, **options)
            found = {name: said.get(name) for name in ("access_token", "id_token")}
        kept = {name: text for name, text in found.items() if isinstance(text, str) and text}
        if "access_token" not in kept:
            raise OAuth2Error("no access token")
        return kept


class StrictAdapter:
    """For allauth's adapters, which know how to talk with one provider each."""

    client_class = StrictClient
    provider_id: str

    def get_callback_url(self, request: HttpRequest | None, app: SocialApp) -> str:
        """Return where the provider sends people back to: never taken from a request."""
        return f"{settings.SITE_URL}{reverse(f'{self.provider_id}_callback')}"

    def complete_login(self, *args: Any, **options: Any) -> SocialLogin:
        with _rubbish_refused():
            return super().complete_login(*args, **options)  # type: ignore[misc]


class StrictProvider:
    """For allauth's providers: PKCE always, nothing from the query string, nothing kept."""

    id: str
    sub_id: str

    def get_pkce_params(self) -> dict[str, Any]:
        params: dict[str, Any] = generate_code_challenge()
        return params

    def get_redirect_from_request_kwargs(self, request: HttpRequest) -> dict[str, str]:
        """Return what a sign-in starts with; allauth would let a link choose scopes and more."""
        wanted = get_request_param(request, "next") or ""
        is_ours = url_has_allowed_host_and_scheme(
            wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        )
        wanted = wanted if is_ours and len(wanted) <= LONGEST_NEXT else ""
        return {"process": AuthProcess.LOGIN, "next_url": wanted}

    def sociallogin_from_response(self, request: HttpRequest | None, said: Any) -> SocialLogin:
        """Return a sign-in that carries whom the provider described, and holds no more than that."""
        identity = oauth.identity_of(self.id, said)
        account = SocialAccount(provider=self.sub_id, uid=identity.uid)
        found = SocialLogin(provider=self, account=account, user=User())
        found.identity = identity
        return found


class GitHubCalls(StrictAdapter, GitHubOAuth2Adapter):  # type: ignore[misc]
    """GitHub's addresses."""


class GitHub(StrictProvider, GitHubProvider):  # type: ignore[misc]
    """People of GitHub."""

    oauth2_adapter_class = GitHubCalls


class GoogleCalls(StrictAdapter, GoogleOAuth2Adapter):  # type: ignore[misc]
    """Google's addresses."""


class Google(StrictProvider, GoogleProvider):  # type: ignore[misc]
    """People of Google."""

    oauth2_adapter_class = GoogleCalls


PROVIDERS = {"github": GitHub, "google": Google}


class OAuthAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Leads allauth's pages to our accounts, and away from its own."""

    def get_provider(
        self, request: HttpRequest | None, provider: str, client_id: str | None = None
    ) -> StrictProvider:
        """Return a provider that is offered.

        :raises Http404: if it is not
        """
        if provider not in oauth.offered():
            raise Http404
        return PROVIDERS[provider](request, app=self.get_app(request, provider, client_id))

    def get_app(
        self, request: HttpRequest | None, provider: str, client_id: str | None = None
    ) -> SocialApp:
        """Return our registration with a provider. Settings have it, never the database."""
        registered = settings.SOCIALACCOUNT_PROVIDERS[provider]["APPS"][0]
        return SocialApp(provider=provider, **registered)

    def get_requests_session(self) -> ProviderSession:
        return ProviderSession()

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> NoReturn:
        """Sign the browser in as who we say that is. allauth's own ways end here.

        :raises ImmediateHttpResponse: always
        """
        try:
            user = oauth.sign_in_by(sociallogin.identity, at=timezone.now())
        except OracleError as refusal:
            page = refused(request, sociallogin.provider, refusal)
            raise ImmediateHttpResponse(page) from refusal
        if request.user.is_authenticated:
            logout(request)
        login(request, user, backend=BACKEND)
        target = sociallogin.state.get("next") or resolve_url(settings.LOGIN_REDIRECT_URL)
        raise ImmediateHttpResponse(HttpResponseRedirect(target))

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: StrictProvider,
        error: str = AuthError.UNKNOWN,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> NoReturn:
        """Say what went wrong at the provider, or on the way.

        :raises ImmediateHttpResponse: always
        """
        if error == AuthError.CANCELLED:
            page = render(
                request,
                "socialaccount/login_cancelled.html",
                {"provider": provider},
                status=HTTPStatus.FORBIDDEN,
            )
        else:
            page = refused(request, provider, oauth.refusal_of(exception))
        raise ImmediateHttpResponse(page)


def refused(request: HttpRequest, provider: StrictProvider, refusal: OracleError) -> HttpResponse:
    """Return the page that says why somebody is not signed in."""
    page = render(
        request,
        "socialaccount/authentication_error.html",
        {"provider": provider, "refusal": refusal, "login_url": reverse(f"{provider.id}_login")},
        status=refusal.status,
    )
    for name, value in refusal.headers.items():
        page[name] = value
    if refusal.status == HTTPStatus.UNAUTHORIZED:
        page.setdefault("WWW-Authenticate", "Bearer")
    return page
