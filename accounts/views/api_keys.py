"""The caller's API keys."""

from datetime import timedelta
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import KnownRequest
from accounts.models import ApiKey, ApiKeyQuerySet
from accounts.serializers import (
    ApiKeySerializer,
    MadeKeySerializer,
    NewKeySerializer,
    RotationSerializer,
)
from accounts.services import api_keys
from accounts.views.answers import no_content, not_stored, valid


@not_stored
class ApiKeysView(ListAPIView[ApiKey]):
    """The caller's keys, revoked ones too."""

    serializer_class = ApiKeySerializer
    request: KnownRequest

    def get_queryset(self) -> ApiKeyQuerySet:
        return api_keys.of(self.request.user)

    @extend_schema(request=NewKeySerializer, responses={201: MadeKeySerializer})
    def post(self, request: KnownRequest) -> Response:
        """Make a key: the answer shows it, this once."""
        given = valid(NewKeySerializer, request)
        user = request.user
        made, text = api_keys.make_key(user=user, actor=user, at=timezone.now(), **given)
        return _shown_once(made, text)


@not_stored
class ApiKeyView(APIView):
    """One of the caller's keys."""

    @extend_schema(responses={204: None})
    def delete(self, request: KnownRequest, key_id: UUID) -> Response:
        """Revoke it: from the next request on it is refused."""
        api_keys.revoke(user=request.user, key_id=key_id, at=timezone.now())
        return no_content()


@not_stored
class RotationView(APIView):
    """Another key in place of one of the caller's."""

    @extend_schema(request=RotationSerializer, responses={201: MadeKeySerializer})
    def post(self, request: KnownRequest, key_id: UUID) -> Response:
        """Make it; the old one works on until the grace ends."""
        grace = timedelta(seconds=valid(RotationSerializer, request)["grace_seconds"])
        made, text = api_keys.rotate(
            user=request.user, key_id=key_id, grace=grace, at=timezone.now()
        )
        return _shown_once(made, text)


def _shown_once(made: ApiKey, text: str) -> Response:
    shown = {**ApiKeySerializer(made).data, "key": text}
    return Response(shown, status=status.HTTP_201_CREATED)
