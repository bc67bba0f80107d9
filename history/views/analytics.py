"""Analytics over HTTP."""

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import KnownRequest
from accounts.permissions import WithinKeyScopes
from accounts.views.answers import not_stored
from common.parameters import given
from common.permissions import AllowedByRole
from history.analytics import site, usage
from history.analytics.ranges import Interval
from history.analytics.usage import Grouping
from history.serializers.analytics import (
    AskedSerializer,
    OwnUsageSerializer,
    SiteUsageSerializer,
    site_document,
    usage_document,
)

MOMENT = {
    "oneOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]
}
PARAMETERS = [
    OpenApiParameter(
        "from", MOMENT, description="From when; default: 24 hours, 30 days or 12 months back."
    ),
    OpenApiParameter("to", MOMENT, description="Up to when; default: now."),
    OpenApiParameter("interval", str, enum=[*Interval], default=Interval.DAY.value),
    OpenApiParameter(
        "group_by",
        {"type": "array", "items": {"type": "string", "enum": [*Grouping]}, "minItems": 1},
        explode=False,
        style="form",
        description="By what to tell requests apart in `groups`.",
    ),
]


@not_stored
class AnalyticsView(APIView):
    """What the caller used: some seconds late."""

    @extend_schema(parameters=PARAMETERS, responses=OwnUsageSerializer)
    def get(self, request: KnownRequest) -> Response:
        asked = given(AskedSerializer, request)
        return Response(usage_document(usage.of_user(user=request.user, **asked)))


@not_stored
class SiteAnalyticsView(APIView):
    """What all used, who they are and what they pay. Without `group_by` it tells endpoints apart."""

    permission_classes = [IsAuthenticated, WithinKeyScopes, AllowedByRole]
    required_permissions = {"GET": "quotas.view_sitesum"}

    @extend_schema(parameters=PARAMETERS, responses=SiteUsageSerializer)
    def get(self, request: KnownRequest) -> Response:
        asked = given(AskedSerializer, request)
        asked["group_by"] = asked["group_by"] or [Grouping.ENDPOINT]
        return Response(site_document(site.of_site(**asked, at=timezone.now())))
