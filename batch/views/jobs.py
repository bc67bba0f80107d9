"""Jobs: sent, looked at, cancelled, run again."""

import re
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import KnownRequest
from batch.models import BatchJob, BatchJobQuerySet
from batch.parsers import FormParser, LinesParser, TableParser
from batch.serializers import (
    BatchJobSerializer,
    StatusParameterSerializer,
    SubmissionSerializer,
    submission_of,
)
from batch.services import jobs, submission
from common.parameters import given
from common.parsers import StrictJSONParser
from common.renderers import FastJSONRenderer
from common.sending import unless_known
from quotas.services import requests

KEY = re.compile(r"[\x20-\x7e]{1,255}")
KEY_HEADER = "Idempotency-Key"
KEY_PARAMETER = OpenApiParameter(
    KEY_HEADER,
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="With the same key, within a day, the same body is one job: the first answer comes"
    " again, with `Idempotent-Replayed: true`. Another body: 422 `idempotency_mismatch`.",
)


class RequestTill:
    """Counts queries for the sender of a request."""

    def __init__(self, request: KnownRequest) -> None:
        self._request = request._request  # noqa: SLF001 - the middleware keeps counts on Django's own
        self._user = request.user

    def charge(self, cost: int) -> None:
        requests.charge(self._request, user=self._user, cost=cost)

    def take_back(self) -> None:
        requests.take_back(self._request, user=self._user)


class OwnJobsView(ListAPIView[BatchJob]):
    """The caller's jobs, those only."""

    serializer_class = BatchJobSerializer
    request: KnownRequest

    def get_queryset(self) -> BatchJobQuerySet:
        return own(self.request)


class JobsView(OwnJobsView):
    """Jobs of the caller."""

    parser_classes = [StrictJSONParser, LinesParser, TableParser, FormParser]

    def get_queryset(self) -> BatchJobQuerySet:
        asked = given(StatusParameterSerializer, self.request)
        return super().get_queryset().filter(**asked)

    @extend_schema(parameters=[StatusParameterSerializer])
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        """List them, the newest first."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        parameters=[KEY_PARAMETER],
        request={
            "application/json": SubmissionSerializer,
            "text/plain": OpenApiTypes.STR,
            "text/csv": OpenApiTypes.STR,
            "multipart/form-data": {
                "type": "object",
                "properties": {
                    "file": {"type": "string", "format": "binary"},
                    "workflow_type": {"type": "string"},
                    "parameters": {"type": "string", "description": "A JSON object."},
                    "metadata": {"type": "string", "description": "A JSON object."},
                    "webhook_url": {"type": "string"},
                },
            },
        },
        responses={202: BatchJobSerializer},
    )
    def post(self, request: KnownRequest) -> Response:
        """Have many questions answered in the background."""
        sent = submission.submit(
            user=request.user,
            submission=submission_of(request.data),
            key=_key_of(request),
            till=RequestTill(request),
            at=timezone.now(),
        )
        answer = _accepted(sent.job)
        if sent.is_replayed:
            answer["Idempotent-Replayed"] = "true"
        return answer


class JobView(APIView):
    """One job."""

    @extend_schema(responses=BatchJobSerializer)
    def get(self, request: Request, job_id: UUID) -> HttpResponse:
        """Tell how far it is."""
        return _shown(request, job_id)

    @extend_schema(request=None, responses={200: BatchJobSerializer})
    def delete(self, request: Request, job_id: UUID) -> Response:
        """Cancel it: what is done stays, and what never ran is not charged."""
        job = jobs.cancel(among=own(request), job_id=job_id, at=timezone.now())
        return Response(BatchJobSerializer(job).data)


class JobStatusView(APIView):
    """How far a job is."""

    @extend_schema(responses=BatchJobSerializer)
    def get(self, request: Request, job_id: UUID) -> HttpResponse:
        return _shown(request, job_id)


class RetryView(APIView):
    """The failed queries of a job."""

    @extend_schema(request=None, responses={202: BatchJobSerializer})
    def post(self, request: KnownRequest, job_id: UUID) -> Response:
        """Run them again: they count as new ones do."""
        till = RequestTill(request)
        at = timezone.now()
        return _accepted(jobs.retry(among=own(request), job_id=job_id, till=till, at=at))


class BatchHistoryView(OwnJobsView):
    """The caller's jobs that have ended, the newest first."""

    def get_queryset(self) -> BatchJobQuerySet:
        return super().get_queryset().finished()


def own(request: Request) -> BatchJobQuerySet:
    return BatchJob.objects.of(request.user.pk).light()


def _shown(request: Request, job_id: UUID) -> HttpResponse:
    job = jobs.find(among=own(request), job_id=job_id)
    return unless_known(request, FastJSONRenderer().render(BatchJobSerializer(job).data))


def _accepted(job: BatchJob) -> Response:
    told = BatchJobSerializer(job).data
    location = {"Location": told["links"]["self"]}
    return Response(told, status=status.HTTP_202_ACCEPTED, headers=location)


def _key_of(request: Request) -> str | None:
    """Return the idempotency key, if one is sent.

    :raises rest_framework.serializers.ValidationError: if it is none that can be kept
    """
    key: str | None = request.headers.get(KEY_HEADER)
    if key is not None and not KEY.fullmatch(key):
        raise serializers.ValidationError({KEY_HEADER: ["Use 1 to 255 printable characters."]})
    return key
