"""The agents, and the catalogue they look at, over HTTP."""

import time
from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from caching.services import Answer
from common.parameters import given
from common.replica import may_lag
from common.sending import as_json, unless_known
from discovery import rendered
from discovery.models import Dataset
from discovery.noting import note
from discovery.serializers import (
    AnswerSerializer,
    DatasetSerializer,
    FiltersSerializer,
    QuestionSerializer,
    ReferencesSerializer,
    SearchSerializer,
    SummarizeSerializer,
    SummarySerializer,
    UnderstandingSerializer,
    ValidateSerializer,
    ValidationSerializer,
    filters_of,
)
from discovery.services import catalogue, quality, questions, summaries


class QueryAgentView(APIView):
    """Read a plain question: what it is about, which filters it sets, what it wants."""

    @extend_schema(request=QuestionSerializer, responses=UnderstandingSerializer)
    def post(self, request: Request) -> Response:
        body = QuestionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        understood = questions.read(question=body.validated_data["query"], at=timezone.now().date())
        note(request, "query", body.data)
        return Response(UnderstandingSerializer(understood).data)


class SearchAgentView(APIView):
    """Find the series that answer a question, best first, each with the reasons."""

    @extend_schema(request=SearchSerializer, responses=AnswerSerializer)
    def post(self, request: Request) -> HttpResponse:
        started = time.perf_counter()
        body = SearchSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        asked = rendered.Asked.from_body(body.validated_data)
        answer = self._answer(request, asked, body.validated_data)
        note(request, "search", _again(body.validated_data, asked), is_cached=answer.is_cached)
        took_ms = round((time.perf_counter() - started) * 1000)
        return as_json(
            rendered.with_request(answer.body or b"", is_cached=answer.is_cached, took_ms=took_ms)
        )

    def _answer(self, request: Request, asked: rendered.Asked, valid: Mapping[str, Any]) -> Answer:
        now, viewer = timezone.now(), str(request.user.pk)
        if valid["source"] == "ncbi":
            live = rendered.live_or_local_answer if valid["fallback"] else rendered.live_answer
            return live(asked, at=now, viewer=viewer)
        request.META[rendered.NAMED] = rendered.Named.of(asked, at=now.date())
        return rendered.search_answer(asked, at=now.date(), viewer=viewer)


class ValidateAgentView(APIView):
    """Judge how far one can work with series: a score, what speaks for them and against them."""

    @extend_schema(request=ValidateSerializer, responses=ValidationSerializer)
    def post(self, request: Request) -> Response:
        body = ValidateSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        validation = quality.validate(
            accessions=body.validated_data["dataset_ids"],
            min_score=body.validated_data["min_quality_score"],
            at=timezone.now().date(),
        )
        note(request, "validate", body.data)
        return Response(ValidationSerializer(validation).data)


class SummarizeAgentView(APIView):
    """Say what a series is about, in points that can each be traced to a sentence of its record."""

    @extend_schema(request=SummarizeSerializer, responses=SummarySerializer)
    def post(self, request: Request) -> Response:
        body = SummarizeSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        summary = summaries.summarise(
            catalogue.read(body.validated_data["dataset_id"]),
            body.validated_data["max_sentences"],
            with_ai=True,
            viewer=str(request.user.pk),
        )
        note(request, "summarize", body.data, is_cached=summary.is_cached)
        return Response(SummarySerializer(summary).data)


class DatasetListView(ListAPIView[Dataset]):
    """The catalogue, narrowed by the same filters as a search, and by what a series refers to."""

    serializer_class = DatasetSerializer

    def get_queryset(self) -> QuerySet[Dataset]:
        references = given(ReferencesSerializer, self.request)
        filters = given(FiltersSerializer, self.request) | {
            "platform": None
        }  # which is a reference too
        found = catalogue.matching(filters=filters_of(filters))
        return may_lag(catalogue.naming(found, references=references))

    @extend_schema(parameters=[FiltersSerializer, ReferencesSerializer])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.list(request, *args, **kwargs)


class DatasetView(APIView):
    """One series. Its accession may be written in any case."""

    @extend_schema(responses=DatasetSerializer)
    def get(self, request: Request, geo_id: str) -> HttpResponse:
        accession = catalogue.accession_of(geo_id)
        answer = rendered.dataset_answer(accession=accession, viewer=str(request.user.pk))
        if answer.body is None:
            raise catalogue.SeriesUnknown.named(geo_id)
        return unless_known(request, answer.body)


def _again(valid: Mapping[str, Any], asked: rendered.Asked) -> dict[str, Any]:
    """Return a body that asks for the same. Terms stay apart: together they may be too long a query."""
    body = asked.as_body() | {name: valid[name] for name in ("source", "fallback")}
    if "search_terms" in valid:
        body["search_terms"] = valid["search_terms"]
        del body["query"]
    return body
