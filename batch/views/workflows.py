"""Workflows over HTTP: everybody their own."""

from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import KnownRequest
from batch.serializers import WorkflowOrderSerializer
from batch.services import workflows
from batch.views.jobs import RequestTill
from common.renderers import FastJSONRenderer
from common.sending import unless_known
from discovery import rendered_reports
from discovery.noting import note
from discovery.rendered_reports import workflow_answer
from discovery.serializers import WorkflowSerializer
from discovery.services.workflows import keep

# No stage is begun later: whoever waits is to get what there is.
SECONDS = 20.0


class CountedTill(RequestTill):
    """For what the request itself has counted."""

    def charge(self, cost: int) -> None:
        """Count nothing more."""


class ExecuteView(APIView):
    """Have several agents work one after the other. What one cannot do, the others do without."""

    @extend_schema(
        request=WorkflowOrderSerializer,
        responses={200: WorkflowSerializer, 202: WorkflowSerializer},
    )
    def post(self, request: KnownRequest) -> Response:
        body = WorkflowOrderSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        asked, at = dict(body.data), timezone.now()
        webhook_url = asked.pop("webhook_url", None) or ""
        note(request, "workflow", asked)
        if body.validated_data["background"]:
            told = workflows.submit(
                user=request.user,
                asked=asked,
                webhook_url=webhook_url,
                till=CountedTill(request),
                at=at,
            )
            answer = Response(told, status.HTTP_202_ACCEPTED)
            base = request.path.rstrip("/").removesuffix("/execute")
            answer["Location"] = f"{base}/{told['workflow_id']}"
            return answer
        outcome = rendered_reports.execute(asked, at=at, seconds=SECONDS)
        kept = keep(
            user_id=request.user.pk, asked=asked, at=at, completed_at=timezone.now(), **outcome
        )
        return Response(workflow_answer(kept))


class WorkflowView(APIView):
    """A workflow: how far it is, or what came of it."""

    @extend_schema(responses=WorkflowSerializer)
    def get(self, request: KnownRequest, workflow_id: UUID) -> HttpResponse:
        told = workflows.find(user_id=request.user.pk, workflow_id=workflow_id)
        return unless_known(request, FastJSONRenderer().render(told))

    @extend_schema(responses={204: None})
    def delete(self, request: KnownRequest, workflow_id: UUID) -> Response:
        """Forget a workflow; one that runs is cancelled."""
        workflows.forget(user_id=request.user.pk, workflow_id=workflow_id, at=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)
