"""What came of the queries of a job: in pages, or all of it as a stream."""

from uuid import UUID

from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from batch.models import BatchItem
from batch.serializers import FormatParameterSerializer, ResultSerializer
from batch.services import jobs, results
from batch.views.jobs import own
from common.pagination import NewestFirst
from common.parameters import given
from common.sending import attached


class InOrder(NewestFirst):
    """As they were sent."""

    ordering = "index"


class ResultsView(GenericAPIView[BatchItem]):
    """What came of each query so far, in the order in which they were sent."""

    pagination_class = InOrder
    queryset = BatchItem.objects.none()
    serializer_class = ResultSerializer

    @extend_schema(
        parameters=[FormatParameterSerializer],
        responses={
            (200, "application/json"): ResultSerializer(many=True),
            (200, "application/x-ndjson"): OpenApiTypes.STR,
            (200, "text/csv"): OpenApiTypes.STR,
        },
    )
    def get(self, request: Request, job_id: UUID) -> HttpResponseBase:
        job = jobs.find(among=own(request), job_id=job_id)
        form = given(FormatParameterSerializer, request)["format"]
        if form == "array":
            return _stream(results.as_array(job.pk), "application/json", f"{job.pk}.json")
        if form == "csv":
            return _stream(results.as_csv(job.pk), "text/csv", f"{job.pk}.csv")
        if form == "ndjson":
            return _stream(results.as_ndjson(job.pk), "application/x-ndjson", f"{job.pk}.ndjson")
        page = self.paginate_queryset(results.items_of(job.pk))
        rows = [results.row_of(item) for item in page or ()]
        answer: Response = self.get_paginated_response(rows)
        return answer


class ResultView(APIView):
    """What came of one query."""

    @extend_schema(responses=ResultSerializer)
    def get(self, request: Request, job_id: UUID, index: int) -> Response:
        job = jobs.find(among=own(request), job_id=job_id)
        return Response(results.find(job_id=job.pk, index=index))


def _stream(parts: object, media_type: str, name: str) -> StreamingHttpResponse:
    answer = StreamingHttpResponse(parts, content_type=media_type)  # type: ignore[arg-type]
    return attached(answer, name)
