"""Workflows over HTTP: everybody their own."""

from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.renderers import FastJSONRenderer
from common.sending import unless_known
from discovery import rendered_reports
from discovery.noting import note
from discovery.rendered_reports import workflow_answer
from discovery.serializers import OrderSerializer, WorkflowSerializer
from discovery.services import workflows

# No stage is begun later: whoever waits is to get what there is.
SECONDS = 20.0


class ExecuteView(APIView):
    """Have several agents work one after the other. What one cannot do, the others do without."""

    @extend_schema(
        request=OrderSerializer, responses={200: WorkflowSerializer, 202: WorkflowSerializer}
    )
    def post(self, request: Request) -> Response:
        body = OrderSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        user_id, asked, at = str(request.user.pk), dict(body.data), timezone.now()
        note(request, "workflow", asked)
        if body.validated_data["background"]:
            workflow = workflows.submit(user_id=user_id, asked=asked, at=at)
            answer = Response(workflow_answer(workflow), status.HTTP_202_ACCEPTED)
            base = request.path.rstrip("/").removesuffix("/execute")
            answer["Location"] = f"{base}/{workflow.pk}"
            return answer
        outcome = rendered_reports.execute(asked, at=at, seconds=SECONDS)
        workflow = workflows.keep(
            user_id=user_id, asked=asked, at=at, completed_at=timezone.now(), **outcome
        )
        return Response(workflow_answer(workflow))


class WorkflowView(APIView):
    """A workflow: how far it is, or what came of it."""

    @extend_schema(responses=WorkflowSerializer)
    def get(self, request: Request, workflow_id: UUID) -> HttpResponse:
        workflow = workflows.find(user_id=str(request.user.pk), workflow_id=workflow_id)
        return unless_known(request, FastJSONRenderer().render(workflow_answer(workflow)))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, workflow_id: UUID) -> Response:
        """Forget a workflow; one that runs is stopped."""
        workflows.delete(user_id=str(request.user.pk), workflow_id=workflow_id)
        return Response(status=status.HTTP_204_NO_CONTENT)
