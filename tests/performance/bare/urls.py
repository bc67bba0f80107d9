"""One answer, as large as our own, in two ways."""

import json
import os
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

ANSWER = Path(os.environ["BARE_ANSWER"]).read_bytes()  # noqa: TID251 (there are no settings of ours)
PARSED = json.loads(ANSWER)


def bare_view(request: HttpRequest) -> HttpResponse:
    length = {"Content-Length": str(len(ANSWER))}
    return HttpResponse(ANSWER, content_type="application/json", headers=length)


bare_view.csrf_exempt = True


class BareView(APIView):
    def post(self, request: Request) -> Response:
        return Response(PARSED)


urlpatterns = [path("django", bare_view), path("drf", BareView.as_view())]
