"""The caller's own account."""

from uuid import UUID

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import browser
from accounts.authentication import KnownRequest
from accounts.models import Session, SessionQuerySet
from accounts.serializers import (
    DeletionSerializer,
    MeSerializer,
    PasswordChangeSerializer,
    ProfileSerializer,
    SessionSerializer,
)
from accounts.services import password_reset, personal_data, profile, sessions
from accounts.views.answers import no_content, not_stored, refused_for, valid


@not_stored
class MeView(APIView):
    """Who the caller is."""

    @extend_schema(responses=MeSerializer)
    def get(self, request: KnownRequest) -> Response:
        return Response(MeSerializer(request.user).data)

    @extend_schema(request=ProfileSerializer, responses=MeSerializer)
    def patch(self, request: KnownRequest) -> Response:
        """Change the name."""
        given = valid(ProfileSerializer, request)
        user = profile.change(user=request.user, changes=given, at=timezone.now())
        return Response(MeSerializer(user).data)

    @extend_schema(request=DeletionSerializer, responses={204: None})
    def delete(self, request: KnownRequest) -> Response:
        """Erase the account and all that leads to the person."""
        given = valid(DeletionSerializer, request)
        personal_data.delete_account(user=request.user, **given, at=timezone.now())
        return no_content()


@not_stored
class ExportView(APIView):
    """All that is stored about the caller, as one document."""

    @extend_schema(responses={200: OpenApiTypes.OBJECT})
    def get(self, request: KnownRequest) -> Response:
        document = personal_data.export(user=request.user, at=timezone.now())
        name = f"omicsoracle-{request.user.pk}.json"
        return Response(document, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@not_stored
class PasswordChangeView(APIView):
    """Set another password: every other session ends."""

    @extend_schema(request=PasswordChangeSerializer, responses={204: None})
    def put(self, request: KnownRequest) -> Response:
        given = valid(PasswordChangeSerializer, request)
        session = _session_of(request)
        with refused_for("new_password"):
            password_reset.change(user=request.user, session=session, at=timezone.now(), **given)
        if session is not None and session.is_browser:
            browser.stay(request._request, session=session)  # noqa: SLF001 - it has the cookie
        return no_content()


@not_stored
class SessionsView(ListAPIView[Session]):
    """The caller's live sessions."""

    serializer_class = SessionSerializer
    request: KnownRequest

    def get_queryset(self) -> SessionQuerySet:
        return sessions.live(user=self.request.user, at=timezone.now())

    @extend_schema(operation_id="auth_sessions_end_others", responses={204: None})
    def delete(self, request: KnownRequest) -> Response:
        """End all sessions but the one that asks."""
        sessions.end_others(user=request.user, than=_session_of(request), at=timezone.now())
        return no_content()


@not_stored
class SessionView(APIView):
    """One of the caller's sessions."""

    @extend_schema(responses={204: None})
    def delete(self, request: KnownRequest, session_id: UUID) -> Response:
        """End it, and its access tokens."""
        sessions.end_one(user=request.user, session_id=session_id, at=timezone.now())
        return no_content()


def _session_of(request: Request) -> Session | None:
    return request.auth if isinstance(request.auth, Session) else None
