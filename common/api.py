"""How every endpoint answers: errors as problems, one representation unless the view offers more."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

import structlog
from django.db import DataError
from django.http import HttpResponse
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from common.problems import problem_response
from common.translation import ConnectionLost, translate

logger = structlog.get_logger(__name__)


def explain(exc: Exception, _context: dict[str, Any]) -> HttpResponse | None:
    """Answer an exception of a view; None leaves it to Django, which logs it as a fault of ours."""
    error = translate(exc)
    if error is None:
        return None
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR or isinstance(exc, DataError | ValueError):
        logger.warning("request refused", code=error.code, exc_info=exc)
    response = problem_response(error)
    response.is_connection_lost = isinstance(error, ConnectionLost)  # type: ignore[attr-defined]
    return response


class LenientNegotiation(DefaultContentNegotiation):
    """Send what we have to who accepts something else: a readable answer beats a 406."""

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        offered = list(renderers)
        if len(offered) == 1:
            return offered[0], str(offered[0].media_type)
        try:
            renderer, media_type = super().select_renderer(request, offered, format_suffix)
        except NotAcceptable:
            return offered[0], str(offered[0].media_type)
        return renderer, media_type
