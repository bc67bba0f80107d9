"""Health over HTTP, for load balancers and people: no credentials, nothing kept."""

from dataclasses import asdict
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from common.errors import OracleError
from common.problems import problem_response
from common.renderers import FastJSONRenderer
from common.version import VERSION
from monitoring import exposition, health


@require_safe
@never_cache
def overview(request: HttpRequest) -> HttpResponse:
    """How the service and what it needs are."""
    report = health.report()
    return _answer({"version": VERSION, **asdict(report)}, report.status != "unhealthy")


@require_safe
@never_cache
def live(request: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is asked."""
    return _answer({"status": "alive"}, True)  # noqa: FBT003


@require_safe
@never_cache
def ready(request: HttpRequest) -> HttpResponse:
    """Traffic may come."""
    is_ready = health.is_ready()
    return _answer({"status": "ready" if is_ready else "not ready"}, is_ready)


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """All that Prometheus reads, to those who may."""
    authorization = request.headers.get("Authorization", "")
    if not exposition.may_read(
        authorization=authorization, address=str(request.META.get("REMOTE_ADDR"))
    ):
        return problem_response(
            OracleError.of(
                "not_authenticated", "Send `Authorization: Bearer` and the metrics token."
            )
        )
    return HttpResponse(exposition.exposition(), content_type=CONTENT_TYPE_LATEST)


def _answer(body: dict[str, Any], is_well: bool) -> HttpResponse:  # noqa: FBT001
    status = HTTPStatus.OK if is_well else HTTPStatus.SERVICE_UNAVAILABLE
    return HttpResponse(
        FastJSONRenderer().render(body), content_type="application/json", status=status
    )
