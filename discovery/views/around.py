"""What belongs to a series besides its record: samples, neighbours, citation, downloads."""

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from common.pagination import NewestFirst
from common.parameters import given
from common.renderers import FastJSONRenderer
from common.sending import attached, unless_known
from discovery.around import citing
from discovery.serializers.around import (
    CitationFormatSerializer,
    DownloadsSerializer,
    NeighbourhoodSerializer,
    OverviewSerializer,
    SamplesFormatSerializer,
    SampleTableSerializer,
    SimilarParametersSerializer,
)
from discovery.services import around, catalogue, neighbours, samples


class InOrder(NewestFirst):
    """By the number of the accession."""

    ordering = "number"


class SamplesView(APIView):
    """The samples of a series, with what their submitters tell of them as columns."""

    @extend_schema(
        parameters=[SamplesFormatSerializer],
        responses={
            (200, "application/json"): SampleTableSerializer,
            (200, "text/csv"): OpenApiTypes.STR,
        },
    )
    def get(self, request: Request, geo_id: str) -> HttpResponseBase:
        dataset = catalogue.read(geo_id)
        if given(SamplesFormatSerializer, request)["format"] == "csv":
            return attached(
                StreamingHttpResponse(samples.table_of(dataset), content_type="text/csv"),
                f"{dataset.accession}_samples.csv",
            )
        pages = InOrder()
        page = pages.paginate_queryset(samples.samples_of(dataset), request, self)
        links = {"next": pages.get_next_link(), "previous": pages.get_previous_link()}
        table = {"geo_id": dataset.accession, "columns": samples.keys_of(dataset), "results": page}
        return _as_json(request, SampleTableSerializer(table | links).data)


class SimilarView(APIView):
    """The series that are closest in meaning, nearest first, with what they share."""

    @extend_schema(parameters=[SimilarParametersSerializer], responses=NeighbourhoodSerializer)
    def get(self, request: Request, geo_id: str) -> HttpResponse:
        asked = given(SimilarParametersSerializer, request)
        found = neighbours.similar_to(catalogue.read(geo_id), at_most=asked["max_results"])
        return _as_json(request, NeighbourhoodSerializer(found).data)


class CitationView(APIView):
    """How to cite a series and its publications."""

    @extend_schema(
        parameters=[CitationFormatSerializer],
        responses={(200, one.media_type): OpenApiTypes.STR for one in citing.FORMATS.values()},
    )
    def get(self, request: Request, geo_id: str) -> HttpResponseBase:
        dataset = catalogue.read(geo_id)
        name = given(CitationFormatSerializer, request)["format"]
        written = citing.FORMATS[name]
        body = around.citation_of(dataset, form=name).encode()
        response = unless_known(request, body)
        if response.content:
            response["Content-Type"] = f"{written.media_type}; charset=utf-8"
            attached(response, f"{dataset.accession}.{written.extension}")
        return response


class DownloadsView(APIView):
    """Where the files of a series are, and commands that fetch them."""

    @extend_schema(responses=DownloadsSerializer)
    def get(self, request: Request, geo_id: str) -> HttpResponse:
        found = around.downloads_of(catalogue.read(geo_id))
        return _as_json(request, DownloadsSerializer(found).data)


class OverviewView(APIView):
    """A series with its quality, citations and downloads: what a page about it shows, in one call."""

    @extend_schema(responses=OverviewSerializer)
    def get(self, request: Request, geo_id: str) -> HttpResponse:
        told = around.overview_of(catalogue.read(geo_id), at=timezone.now().date())
        return _as_json(request, OverviewSerializer(told).data)


def _as_json(request: Request, data: object) -> HttpResponse:
    return unless_known(request, FastJSONRenderer().render(data))
