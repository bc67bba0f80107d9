"""What the caller asked, over HTTP: everybody their own."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import KnownRequest
from accounts.views.answers import no_content, not_stored
from common.pagination import NewestFirst
from common.parameters import given
from common.renderers import FastJSONRenderer
from common.sending import attached, unless_known
from history import exporting
from history.models import QueryHistory, QueryHistoryQuerySet
from history.serializers import (
    CSV,
    ExportSerializer,
    QueryDetailSerializer,
    QuerySerializer,
    WantedSerializer,
)
from history.services import queries


class AsAsked(NewestFirst):
    """By the moment, then by id."""

    ordering = ("-created_at", "-id")


@not_stored
class QueriesView(ListAPIView[QueryHistory]):
    """What the caller asked agents and workflows, newest first."""

    serializer_class = QuerySerializer
    pagination_class = AsAsked
    request: KnownRequest

    def get_queryset(self) -> QueryHistoryQuerySet:
        wanted = given(WantedSerializer, self.request)
        return queries.asked_by(self.request.user, wanted=wanted, at=timezone.now())

    @extend_schema(parameters=[WantedSerializer])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.list(request, *args, **kwargs)

    @extend_schema(operation_id="history_queries_clear", responses={204: None})
    def delete(self, request: KnownRequest) -> Response:
        """Forget all that the caller asked until now."""
        queries.clear(user=request.user, at=timezone.now())
        return no_content()


class QueryView(APIView):
    """A question, and what came back."""

    @extend_schema(responses=QueryDetailSerializer)
    def get(self, request: KnownRequest, query_id: UUID) -> HttpResponse:
        row = queries.find(user=request.user, query_id=query_id)
        shown = QueryDetailSerializer(row, context={"titles": queries.titles_of(row)})
        return unless_known(request, FastJSONRenderer().render(shown.data))

    @extend_schema(responses={204: None})
    def delete(self, request: KnownRequest, query_id: UUID) -> Response:
        """Forget this question."""
        queries.delete(user=request.user, query_id=query_id)
        return no_content()


@not_stored
class QueriesExportView(APIView):
    """All that the caller asked, as a file, newest first."""

    @extend_schema(
        parameters=[ExportSerializer],
        responses={
            (200, "text/csv"): OpenApiTypes.STR,
            (200, "application/x-ndjson"): OpenApiTypes.STR,
        },
    )
    def get(self, request: KnownRequest) -> HttpResponseBase:
        wanted = given(ExportSerializer, request)
        found = queries.asked_by(request.user, wanted=wanted, at=timezone.now())
        is_csv = wanted["format"] == CSV
        answer = StreamingHttpResponse(
            exporting.as_csv(found) if is_csv else exporting.as_ndjson(found),
            content_type=f"{'text/csv' if is_csv else 'application/x-ndjson'}; charset=utf-8",
        )
        return attached(answer, f"queries.{wanted['format']}")
