"""How every endpoint answers: errors as problems, one representation unless the view offers more."""

import logging
from collections.abc import Iterable
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
    level = logging.WARNING if isinstance(exc, DataError | ValueError) else error.level
    # An exception is told where somebody will ask how it came about.
    told = exc if level >= logging.WARNING else None
    logger.log(
        level, "request refused", code=error.code, category=error.category.name, exc_info=told
    )
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
