"""Errors as HTTP answers: `application/problem+json`, the same from wherever they come."""

from http import HTTPStatus

import orjson
from django.http import HttpResponse
from django.template.loader import get_template

from common import request_id
from common.errors import OracleError, whole_seconds

PROBLEM_JSON = "application/problem+json"
ERRORS_PAGE = "/docs/errors"
DEFAULT_WAIT = 5  # seconds, where nobody knows better
API_ROOTS = ("/api", "/health")  # what lies under these answers programs, the rest people


def speaks_json(path: str) -> bool:
    return any(path == root or path.startswith(f"{root}/") for root in API_ROOTS)


def problem_body(error: OracleError) -> bytes:
    return orjson.dumps(
        {
            "type": f"{ERRORS_PAGE}#{error.code}",
            "title": error.title,
            "status": error.status,
            "detail": error.detail,
            "code": error.code,
            "request_id": request_id.current(),
            **error.extra,
        },
        default=str,
        option=orjson.OPT_NON_STR_KEYS,
    )


def fill(response: HttpResponse, error: OracleError) -> HttpResponse:
    """Make a response say this error; headers that it has already stay."""
    response.status_code = error.status
    response.content = problem_body(error)
    response["Content-Type"] = PROBLEM_JSON
    response["Content-Length"] = str(len(response.content))
    response.problem_code = error.code  # type: ignore[attr-defined]  # for the access log
    for name, value in error.headers.items():
        response[name] = value
    if error.status == HTTPStatus.UNAUTHORIZED:
        response.setdefault("WWW-Authenticate", "Bearer")
    if error.status in {429, 503}:
        response.setdefault("Retry-After", whole_seconds(DEFAULT_WAIT))
    return response


def problem_response(error: OracleError) -> HttpResponse:
    return fill(HttpResponse(), error)


def refusal_at(path: str, error: OracleError) -> HttpResponse:
    """Return a refusal as who asks there reads it: a problem, or a page that needs no database."""
    response = problem_response(error)
    if speaks_json(path):
        return response
    is_away = error.status == HTTPStatus.SERVICE_UNAVAILABLE
    template = get_template("503.html" if is_away else "bare.html")
    response.content = template.render({"error": error}).encode()
    response["Content-Type"] = "text/html; charset=utf-8"
    response["Content-Length"] = str(len(response.content))
    response["Cache-Control"] = "private, no-store"
    return response
