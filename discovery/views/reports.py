"""Reports over HTTP."""

import time

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from common.sending import as_json
from discovery import rendered, rendered_reports
from discovery.noting import note
from discovery.serializers import ReportOrderSerializer, ReportSerializer


class ReportAgentView(APIView):
    """Write a report on series: what they have in common, how good they are, what to do next."""

    @extend_schema(request=ReportOrderSerializer, responses=ReportSerializer)
    def post(self, request: Request) -> HttpResponse:
        started = time.perf_counter()
        body = ReportOrderSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        answer = rendered_reports.report_answer(
            body, at=timezone.now().date(), viewer=str(request.user.pk)
        )
        note(request, "report", body.data, is_cached=answer.is_cached)
        took_ms = round((time.perf_counter() - started) * 1000)
        return as_json(
            rendered.with_request(answer.body or b"", is_cached=answer.is_cached, took_ms=took_ms)
        )
