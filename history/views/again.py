"""Asking once more what was asked before."""

from io import BytesIO
from typing import Any
from uuid import UUID

import orjson
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse
from django.urls import resolve
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.authentication import KnownRequest
from accounts.views.answers import not_stored
from discovery.noting import NOTED
from history.models import AgentType, QueryHistory
from history.services import queries
from quotas.services import requests

ROUTES: dict[str, str] = {
    AgentType.QUERY: "api/v2/agents/query",
    AgentType.SEARCH: "api/v2/agents/search",
    AgentType.VALIDATE: "api/v2/agents/validate",
    AgentType.SUMMARIZE: "api/v2/agents/summarize",
    AgentType.REPORT: "api/v2/agents/report",
    AgentType.WORKFLOW: "api/v2/workflows/execute",
}


@not_stored
class AgainView(APIView):
    """Ask once more: the answer is the agent's, as of now. It counts as any request does."""

    @extend_schema(request=None, responses={200: OpenApiTypes.OBJECT, 202: OpenApiTypes.OBJECT})
    def post(self, request: KnownRequest, query_id: UUID) -> HttpResponse:
        row = queries.find(user=request.user, query_id=query_id)
        route = ROUTES[row.agent_type]
        requests.require_tier(request._request, user=request.user, route=route)  # noqa: SLF001
        inner = _body_of(request, row, path=f"/{route}")
        view: type[APIView] = inner.resolver_match.func.cls  # type: ignore[union-attr]
        answer = view.as_view(authentication_classes=[_known(request)])(inner)
        if NOTED in inner.META:
            request.META[NOTED] = inner.META[NOTED]
        return answer


def _body_of(request: KnownRequest, row: QueryHistory, *, path: str) -> WSGIRequest:
    """Return the request that was sent then, as this caller sends it now."""
    body = orjson.dumps(row.asked)
    sent = {
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": BytesIO(body),
    }
    made = WSGIRequest(request.META | sent)
    made.resolver_match = resolve(path)  # what a key may do is judged by what is done
    return made


def _known(request: KnownRequest) -> type[BaseAuthentication]:
    """Return who says that the caller is known already."""

    class Known(BaseAuthentication):
        def authenticate(self, _: Request) -> tuple[Any, Any]:
            return request.user, request.auth

    return Known
