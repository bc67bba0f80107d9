"""Making an account, proving its address, and finding back into it."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from accounts.permissions import SaysAddress, WithinKeyScopes
from accounts.serializers import (
    AddressSerializer,
    RegisteredSerializer,
    RegistrationSerializer,
    ResendSerializer,
    ResetSerializer,
    VerificationSerializer,
)
from accounts.services import password_reset, registration
from accounts.views.answers import accepted, no_content, not_stored, refused_for, valid


class PublicView(APIView):
    """Anybody may call it, whatever credential they send."""

    authentication_classes = []
    permission_classes = [AllowAny]


@not_stored
class RegisterView(PublicView):
    """Make an account. A taken address gets the same answer, and its owner a mail."""

    @extend_schema(request=RegistrationSerializer, responses={201: RegisteredSerializer})
    def post(self, request: Request) -> Response:
        given = valid(RegistrationSerializer, request)
        with refused_for("password"):
            made = registration.register(**given, at=timezone.now())
        return Response(RegisteredSerializer(made).data, status=status.HTTP_201_CREATED)


@not_stored
class VerifyView(PublicView):
    """Prove an address with the key that was mailed to it."""

    @extend_schema(request=VerificationSerializer, responses={204: None})
    def post(self, request: Request) -> Response:
        registration.verify(key=valid(VerificationSerializer, request)["key"], at=timezone.now())
        return no_content()


@not_stored
class ResendView(APIView):
    """Mail another key: to the caller, or to the address of somebody who cannot sign in yet."""

    permission_classes = [(IsAuthenticated & WithinKeyScopes) | SaysAddress]

    @extend_schema(request=ResendSerializer, responses={202: None})
    def post(self, request: Request) -> Response:
        email = valid(ResendSerializer, request).get("email")
        if isinstance(request.user, User):
            email = request.user.email
        registration.resend(email=email or "", at=timezone.now())
        return accepted()


@not_stored
class AskForResetView(PublicView):
    """Mail a link for setting another password, if the address has an account."""

    @extend_schema(request=AddressSerializer, responses={202: None})
    def post(self, request: Request) -> Response:
        password_reset.ask(email=valid(AddressSerializer, request)["email"], at=timezone.now())
        return accepted()


@not_stored
class ResetView(PublicView):
    """Set another password with what the mail said: every session of the account ends."""

    @extend_schema(request=ResetSerializer, responses={204: None})
    def post(self, request: Request) -> Response:
        with refused_for("new_password"):
            password_reset.confirm(**valid(ResetSerializer, request), at=timezone.now())
        return no_content()
