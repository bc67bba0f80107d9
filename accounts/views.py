"""Signing in and out over HTTP, and who one is."""

import ipaddress

from django.contrib.auth import logout
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import cache_control
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import schema  # noqa: F401 - describes our credentials to drf-spectacular
from accounts.authentication import KnownRequest
from accounts.models import ApiKey, Session
from accounts.serializers import (
    MeSerializer,
    RefreshSerializer,
    SignedInSerializer,
    SignInSerializer,
    SignOutSerializer,
    TokensSerializer,
)
from accounts.services import sessions

not_stored = method_decorator(cache_control(no_store=True), name="dispatch")


@not_stored
class LoginView(APIView):
    """Sign in with e-mail address and password."""

    authentication_classes = []  # a stale token must not keep anybody from signing in
    permission_classes = [AllowAny]

    @extend_schema(request=SignInSerializer, responses=SignedInSerializer)
    def post(self, request: Request) -> Response:
        body = SignInSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        signed_in = sessions.sign_in(
            **body.validated_data, client=client_of(request), at=timezone.now()
        )
        return Response(SignedInSerializer(signed_in).data)


@not_stored
class RefreshView(APIView):
    """Exchange a refresh token, once, for the next one and a new access token."""

    authentication_classes = []
    permission_classes = [AllowAny]

    @extend_schema(request=RefreshSerializer, responses=TokensSerializer)
    def post(self, request: Request) -> Response:
        body = RefreshSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        signed_in = sessions.refresh(token=body.validated_data["refresh"], at=timezone.now())
        return Response(TokensSerializer(signed_in).data)


@not_stored
class LogoutView(APIView):
    """End this session: its access tokens stop working at once."""

    @extend_schema(request=SignOutSerializer, responses={204: None})
    def post(self, request: KnownRequest) -> Response:
        body = SignOutSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        token = body.validated_data.get("refresh")
        if token is None and isinstance(request.auth, ApiKey):
            raise ValidationError({"refresh": ["An API key has no session: say which one to end."]})
        session = request.auth if isinstance(request.auth, Session) else None
        sessions.sign_out(user=request.user, session=session, token=token, at=timezone.now())
        if request.auth is None:
            logout(request._request)  # noqa: SLF001 - only Django's own request has the cookie
        return Response(status=status.HTTP_204_NO_CONTENT)


@not_stored
class MeView(APIView):
    """Who the caller is."""

    @extend_schema(responses=MeSerializer)
    def get(self, request: KnownRequest) -> Response:
        return Response(MeSerializer(request.user).data)


def client_of(request: Request) -> sessions.Client:
    """Return where a request came from; no address behind a socket, or if it is none."""
    try:
        ip = str(ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")))
    except ValueError:
        ip = None
    agent = request.META.get("HTTP_USER_AGENT", "").replace("\0", "")
    return sessions.Client(ip=ip, user_agent=agent[:255])
