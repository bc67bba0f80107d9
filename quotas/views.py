"""Quotas over HTTP."""

from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import KnownRequest
from accounts.permissions import WithinKeyScopes
from accounts.views.answers import no_content, not_stored, valid
from common.permissions import AllowedByRole
from quotas.serializers import (
    OverrideChangeSerializer,
    QuotaSerializer,
    ReasonSerializer,
    UsageSerializer,
    quota_document,
    usage_document,
)
from quotas.services import overrides, usage

STAFF_ONLY = [IsAuthenticated, WithinKeyScopes, AllowedByRole]


@not_stored
class UsageView(APIView):
    """What the caller has used this hour and this day, and of what today. It costs nothing."""

    @extend_schema(responses=UsageSerializer)
    def get(self, request: KnownRequest) -> Response:
        at = timezone.now()
        quota = usage.quota_of(user=request.user, at=at)
        return Response(usage_document(quota, usage.by_endpoint(user=request.user, at=at)))


@not_stored
class QuotaView(APIView):
    """What the caller may use, and what is left of it. It costs nothing."""

    @extend_schema(responses=QuotaSerializer)
    def get(self, request: KnownRequest) -> Response:
        return Response(quota_document(usage.quota_of(user=request.user, at=timezone.now())))


@not_stored
class UserQuotaView(APIView):
    """What one user may use."""

    permission_classes = STAFF_ONLY
    required_permissions = {
        "GET": "quotas.view_override",
        "PUT": "quotas.change_override",
        "DELETE": "quotas.change_override",
    }

    @extend_schema(responses=QuotaSerializer)
    def get(self, request: KnownRequest, user_id: UUID) -> Response:
        return _quota_of(user_id)

    @extend_schema(request=OverrideChangeSerializer, responses=QuotaSerializer)
    def put(self, request: KnownRequest, user_id: UUID) -> Response:
        """Set other limits for this user: they hold from the next request on, on every server."""
        given = valid(OverrideChangeSerializer, request)
        overrides.set_override(user_id=user_id, **given, actor=request.user, at=timezone.now())
        return _quota_of(user_id)

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: KnownRequest, user_id: UUID) -> Response:
        """Let the limits of the tier hold again."""
        overrides.remove_override(user_id=user_id, actor=request.user, at=timezone.now())
        return no_content()


@not_stored
class QuotaResetView(APIView):
    """The running windows of one user."""

    permission_classes = STAFF_ONLY
    required_permissions = {"GET": "quotas.view_override", "POST": "quotas.change_override"}

    @extend_schema(request=ReasonSerializer, responses=QuotaSerializer)
    def post(self, request: KnownRequest, user_id: UUID) -> Response:
        """Empty the running windows: the user has all of the quota again."""
        given = valid(ReasonSerializer, request)
        overrides.reset(user_id=user_id, **given, actor=request.user, at=timezone.now())
        return _quota_of(user_id)


def _quota_of(user_id: UUID) -> Response:
    user = overrides.user_of(user_id=user_id)
    return Response(quota_document(usage.quota_of(user=user, at=timezone.now())))
