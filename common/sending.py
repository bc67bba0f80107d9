"""Answers that are JSON already, and those that are files."""

from hashlib import blake2b
from typing import TypeVar

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response

Sent = TypeVar("Sent", bound=HttpResponseBase)


def as_json(body: bytes) -> HttpResponse:
    response = HttpResponse(body, content_type="application/json")
    response["Content-Length"] = str(len(body))
    return response


def unless_known(request: HttpRequest, body: bytes) -> HttpResponse:
    """Return the body with its ETag; 304 to who has it."""
    etag = f'"{blake2b(body, digest_size=16).hexdigest()}"'
    response = as_json(body)
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    return get_conditional_response(request, etag, None, response) or response


def attached(response: Sent, name: str) -> Sent:
    """Return an answer that browsers store as a file of this name."""
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
