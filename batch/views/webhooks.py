"""Webhooks: what was sent, and the secret by which one knows that it was us."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import KnownRequest
from accounts.views.answers import not_stored
from batch import signatures
from batch.models import Delivery, WebhookSecret
from batch.serializers import DeliverySerializer, WebhookSecretSerializer
from batch.services import jobs, webhooks
from batch.views.jobs import own


class DeliveriesView(ListAPIView[Delivery]):
    """The messages about a job: whether they arrived, and why not."""

    queryset = Delivery.objects.none()
    serializer_class = DeliverySerializer

    def get_queryset(self) -> Any:
        job_id: UUID = self.kwargs["job_id"]
        return jobs.deliveries_of(among=own(self.request), job_id=job_id)


@not_stored
class SecretView(APIView):
    """The secret that the caller's webhooks are signed with."""

    @extend_schema(responses=WebhookSecretSerializer)
    def get(self, request: KnownRequest) -> Response:
        return _told(signatures.secret_for(request.user.pk))


@not_stored
class RotationView(APIView):
    """Another secret."""

    @extend_schema(request=None, responses=WebhookSecretSerializer)
    def post(self, request: KnownRequest) -> Response:
        """Make another secret. For a day the one before signs besides."""
        return _told(webhooks.rotate(user_id=request.user.pk, at=timezone.now()))


def _told(secret: WebhookSecret) -> Response:
    shown = {"secret": signatures.secret_of(secret.salt), "rotated_at": secret.rotated_at}
    return Response(WebhookSecretSerializer(shown).data)
