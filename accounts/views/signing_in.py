"""Signing in and out over HTTP."""

from django.contrib.auth import logout
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import schema  # noqa: F401 - describes our credentials to drf-spectacular
from accounts.authentication import KnownRequest
from accounts.models import ApiKey, Session
from accounts.serializers import (
    RefreshSerializer,
    SignedInSerializer,
    SignInSerializer,
    SignOutSerializer,
    TokensSerializer,
)
from accounts.services import passwords, sessions
from accounts.views.answers import no_content, not_stored, valid


@not_stored
class LoginView(APIView):
    """Sign in with e-mail address and password."""

    authentication_classes = []  # a stale token must not keep anybody from signing in
    permission_classes = [AllowAny]

    @extend_schema(request=SignInSerializer, responses=SignedInSerializer)
    def post(self, request: Request) -> Response:
        at = timezone.now()
        user = passwords.authenticate(**valid(SignInSerializer, request), at=at)
        agent = request.META.get("HTTP_USER_AGENT", "")
        signed_in = sessions.start(user=user, user_agent=agent, how="password", at=at)
        return Response(SignedInSerializer(signed_in).data)


@not_stored
class RefreshView(APIView):
    """Exchange a refresh token, once, for the next one and a new access token."""

    authentication_classes = []
    permission_classes = [AllowAny]

    @extend_schema(request=RefreshSerializer, responses=TokensSerializer)
    def post(self, request: Request) -> Response:
        given = valid(RefreshSerializer, request)
        signed_in = sessions.refresh(token=given["refresh"], at=timezone.now())
        return Response(TokensSerializer(signed_in).data)


@not_stored
class LogoutView(APIView):
    """End this session: its access tokens stop working at once."""

    @extend_schema(request=SignOutSerializer, responses={204: None})
    def post(self, request: KnownRequest) -> Response:
        token = valid(SignOutSerializer, request).get("refresh")
        if token is None and isinstance(request.auth, ApiKey):
            raise ValidationError({"refresh": ["An API key has no session: say which one to end."]})
        session = request.auth if isinstance(request.auth, Session) else None
        sessions.sign_out(user=request.user, session=session, token=token, at=timezone.now())
        if session is not None and session.is_browser:
            logout(request._request)  # noqa: SLF001 - only Django's own request has the cookie
        return no_content()
