"""What staff see and change of users."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import ListAPIView, RetrieveAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import KnownRequest
from accounts.models import Tier, User
from accounts.permissions import WithinKeyScopes
from accounts.serializers import StaffUserSerializer, UserChangeSerializer, UserFilterSerializer
from accounts.services import staff
from accounts.views.answers import not_stored, valid
from common.permissions import AllowedByRole

STAFF_ONLY = [IsAuthenticated, WithinKeyScopes, AllowedByRole]


def shown(users: Sequence[User], *, at: datetime) -> list[dict[str, Any]]:
    """Return users as staff see them: what they used is asked once for all of them."""
    context = {"usage_today": staff.usage_today(users=users, at=at)}
    return list(StaffUserSerializer(users, many=True, context=context).data)


@extend_schema(
    parameters=[
        OpenApiParameter("q", str, description="Part of an address or a name."),
        OpenApiParameter("tier", str, enum=Tier.values),
        OpenApiParameter("is_active", bool),
    ]
)
@not_stored
class UsersView(ListAPIView[User]):
    """All users, newest first."""

    serializer_class = StaffUserSerializer
    permission_classes = STAFF_ONLY
    required_permissions = {"GET": "accounts.view_user"}

    def get_queryset(self) -> QuerySet[User]:
        wanted = UserFilterSerializer(data=self.request.query_params)
        wanted.is_valid(raise_exception=True)
        return staff.matching(**wanted.validated_data)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(self.get_queryset()) or []
        return self.get_paginated_response(shown(page, at=timezone.now()))


@not_stored
class UserView(RetrieveAPIView[User]):
    """One user."""

    serializer_class = StaffUserSerializer
    permission_classes = STAFF_ONLY
    required_permissions = {"GET": "accounts.view_user", "PATCH": "accounts.change_user"}
    queryset = User.objects.all()
    lookup_url_kwarg = "user_id"

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return Response(shown([self.get_object()], at=timezone.now())[0])

    @extend_schema(request=UserChangeSerializer, responses=StaffUserSerializer)
    def patch(self, request: KnownRequest, user_id: UUID) -> Response:
        """Change tier, roles or whether the account is active: in force at once."""
        changes = valid(UserChangeSerializer, request)
        at = timezone.now()
        user = staff.change_user(user_id=user_id, changes=changes, actor=request.user, at=at)
        return Response(shown([user], at=at)[0])
