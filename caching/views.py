"""The cache over HTTP: everybody their own, staff all of it."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import APIView

from caching import services
from caching.models import Warming
from caching.serializers import (
    ClearedSerializer,
    FiguresSerializer,
    InvalidatedSerializer,
    InvalidateSerializer,
    NothingSerializer,
    WarmingSerializer,
    WarmSerializer,
)
from caching.staff import MAY_INVALIDATE_ANY, MAY_WARM
from common.audit_trail import note
from common.permissions import AllowedByRole

STAFF_ONLY: list[Any] = [*api_settings.DEFAULT_PERMISSION_CLASSES, AllowedByRole]


class StatsView(APIView):
    """What the three levels hold, and how often they had the answer in the last day."""

    @extend_schema(responses=FiguresSerializer)
    def get(self, request: Request) -> Response:
        return Response(FiguresSerializer(services.figures(at=timezone.now())).data)


class InvalidateView(APIView):
    """Give me these answers no more: they are made anew. Admins do so for everybody."""

    @extend_schema(request=InvalidateSerializer, responses=InvalidatedSerializer)
    def post(self, request: Request) -> Response:
        body = InvalidateSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        if request.user.has_perm(MAY_INVALIDATE_ANY):
            count = services.invalidate(body.chosen())
            note(
                "cache.invalidated",
                actor=request.user,
                what={**body.validated_data, "count": count},
            )
        else:
            count = services.invalidate_own(body.chosen(), viewer=str(request.user.pk))
        return Response({"invalidated": count})


class ClearView(APIView):
    """Give me nothing that is kept now: all I ask for is made anew."""

    @extend_schema(request=NothingSerializer, responses=ClearedSerializer)
    def post(self, request: Request) -> Response:
        NothingSerializer(data=request.data).is_valid(raise_exception=True)
        return Response({"cleared": services.clear_own(viewer=str(request.user.pk))})


class ClearAllView(APIView):
    """Empty all levels on all servers."""

    permission_classes = STAFF_ONLY
    required_permissions = {"POST": MAY_INVALIDATE_ANY}

    @extend_schema(request=NothingSerializer, responses=ClearedSerializer)
    def post(self, request: Request) -> Response:
        NothingSerializer(data=request.data).is_valid(raise_exception=True)
        count = services.clear_all()
        note("cache.cleared", actor=request.user, what={"count": count})
        return Response({"cleared": count})


class WarmView(APIView):
    """Have answers made before somebody asks, in the background."""

    permission_classes = STAFF_ONLY
    required_permissions = {"POST": MAY_WARM}

    @extend_schema(request=WarmSerializer, responses={202: WarmingSerializer})
    def post(self, request: Request) -> Response:
        body = WarmSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        top = given.get("top", 0 if given.get("queries") else settings.CACHE_WARM_TOP)
        warming = services.warm(questions=given.get("queries", []), top=top, at=timezone.now())
        what = {"warming": str(warming.pk), "total": warming.total}
        note("cache.warmed", actor=request.user, what=what)
        answer = Response(WarmingSerializer(warming).data, status.HTTP_202_ACCEPTED)
        answer["Location"] = f"{request.path.rstrip('/')}/{warming.pk}"
        return answer


class WarmingView(APIView):
    """How far a warming is."""

    permission_classes = STAFF_ONLY
    required_permissions = {"GET": "caching.view_warming"}

    @extend_schema(responses=WarmingSerializer)
    def get(self, request: Request, warming_id: UUID) -> Response:
        return Response(WarmingSerializer(get_object_or_404(Warming, pk=warming_id)).data)
