"""Signing in by another provider: calls for programs, and the pages that browsers pass through."""

import re
from typing import Any
from urllib.parse import urlsplit

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from csp.decorators import csp_update
from django.conf import settings
from django.core.validators import RegexValidator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_http_methods
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import KnownRequest
from accounts.serializers import SignedInSerializer
from accounts.services import oauth, sessions
from accounts.views.answers import no_content, not_stored, valid
from accounts.views.registering import PublicView
from common.text import PlainText

CODE_VERIFIER = re.compile(r"\A[A-Za-z0-9._~-]{43,128}\Z")  # RFC 7636, 4.1
VISIBLE_ASCII = re.compile(r"[!-~]+")


class ProviderSerializer(serializers.Serializer[Any]):
    """A provider by which people can sign in; `login_url` is the page where browsers start."""

    id = serializers.CharField(read_only=True)
    name = serializers.CharField(read_only=True)
    login_url = serializers.URLField(read_only=True)


class RedirectUri(PlainText):
    """Where a provider sent a code: absolute, of the web, without a fragment."""

    default_error_messages = {"invalid_uri": "Give an absolute http or https URI, no fragment."}

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if not VISIBLE_ASCII.fullmatch(text) or "#" in text or not _is_of_web(text):
            self.fail("invalid_uri")
        return text


class CodeSerializer(serializers.Serializer[None]):
    """What a client has after the provider sent its user back."""

    code = PlainText(max_length=2000)
    redirect_uri = RedirectUri(max_length=2000)
    code_verifier = PlainText(
        max_length=128,
        validators=[RegexValidator(CODE_VERIFIER, "Give 43 to 128 of A-Z a-z 0-9 - . _ ~")],
    )


@not_stored
class ProvidersView(PublicView):
    """By whom people can sign in."""

    @extend_schema(responses=ProviderSerializer(many=True))
    def get(self, request: Request) -> Response:
        offered = [
            {"id": one, "name": name, "login_url": settings.SITE_URL + reverse(f"{one}_login")}
            for one, name in oauth.offered().items()
        ]
        return Response(ProviderSerializer(offered, many=True).data)


class LinkedSerializer(serializers.Serializer[Any]):
    """A provider that opens the caller's account."""

    id = serializers.CharField(read_only=True, source="provider")
    name = serializers.SerializerMethodField()
    linked_at = serializers.DateTimeField(read_only=True, source="date_joined")

    def get_name(self, account: Any) -> str:
        return str(settings.OAUTH_NAMES.get(account.provider, account.provider))


@not_stored
class LinkedView(APIView):
    """By what providers the caller can sign in."""

    @extend_schema(responses=LinkedSerializer(many=True))
    def get(self, request: KnownRequest) -> Response:
        return Response(LinkedSerializer(oauth.linked(user=request.user), many=True).data)


@not_stored
class UnlinkView(APIView):
    """A provider that opens the caller's account."""

    @extend_schema(responses={204: None})
    def delete(self, request: KnownRequest, provider: str) -> Response:
        """Let it open the account no more: 409 if nobody could sign in any more."""
        oauth.unlink(user=request.user, provider=provider, at=timezone.now())
        return no_content()


@not_stored
class ExchangeView(PublicView):
    """Sign in with a code that a provider gave, and the verifier of the challenge sent to it."""

    @extend_schema(request=CodeSerializer, responses=SignedInSerializer)
    def post(self, request: Request, provider: str) -> Response:
        found = oauth.find(provider)
        identity = oauth.exchange(provider=found, **valid(CodeSerializer, request))
        at = timezone.now()
        user = oauth.sign_in_by(identity, at=at)
        agent = request.META.get("HTTP_USER_AGENT", "")
        how = f"oauth:{provider}"
        signed_in = sessions.start(user=user, user_agent=agent, how=how, at=at)
        return Response(SignedInSerializer(signed_in).data)


@require_http_methods(["GET", "POST"])
@cache_control(private=True, no_store=True)
def start(request: HttpRequest, provider: str) -> HttpResponseBase:
    """Ask whether to sign in by a provider, and go there."""
    calls = get_adapter(request).get_provider(request, provider).oauth2_adapter_class
    page = OAuth2LoginView.adapter_view(calls)
    target = urlsplit(calls.authorize_url)
    # Browsers hold the form to the policy even where the answer to it leads.
    lets_go = csp_update({"form-action": [f"{target.scheme}://{target.netloc}"]})
    return lets_go(page)(request)


@require_GET
@cache_control(private=True, no_store=True)
def come_back(request: HttpRequest, provider: str) -> HttpResponse:
    """Sign in whom the provider sends back, if the browser left for it from here."""
    calls = get_adapter(request).get_provider(request, provider).oauth2_adapter_class
    answer: HttpResponse = OAuth2CallbackView.adapter_view(calls)(request)
    return answer


def _is_of_web(uri: str) -> bool:
    try:
        parts = urlsplit(uri)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # no port, or no IPv6 address
        return False
