"""What every request passes through, outermost first."""

import io
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from common import client_address, request_id
from common.error_kinds import CODE_OF_STATUS
from common.errors import OracleError
from common.problems import fill, refusal_at, speaks_json

Handler = Callable[[HttpRequest], HttpResponse]
FIRST_ERROR = 400


class RequestIdMiddleware:
    """Give the request an id, and every answer the header that tells it."""

    def __init__(self, get_response: Handler) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = request_id.choose(request.headers.get(request_id.HEADER))
        with request_id.bound(chosen):
            response = self._get_response(request)
        response[request_id.HEADER] = chosen
        return response


class ClientAddressMiddleware:
    """Put the caller's own address where all look for it, and take away what anybody may write."""

    def __init__(self, get_response: Handler) -> None:
        self._get_response = get_response
        self._proxies = client_address.Proxies(settings.TRUSTED_PROXIES)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        address = self._proxies.client_of(request.META)
        request.META["REMOTE_ADDR"] = address or ""
        request.META.pop("HTTP_X_FORWARDED_FOR", None)
        with client_address.bound(address):
            return self._get_response(request)


class ProblemMiddleware:
    """Turn what Django answers by itself (404, 405, 500 …) into problems, where programs ask."""

    def __init__(self, get_response: Handler) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        if response.status_code < FIRST_ERROR or not speaks_json(request.path):
            return response
        code = CODE_OF_STATUS.get(response.status_code)
        is_page = response.get("Content-Type", "").startswith("text/html")
        return fill(response, OracleError.of(code)) if code and is_page else response


class PrivateMiddleware:
    """Keep caches between us and the caller from giving an answer to somebody else."""

    def __init__(self, get_response: Handler) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        if speaks_json(request.path):
            response.setdefault("Cache-Control", "private, no-store")
            patch_vary_headers(response, ["Authorization", "X-API-Key", "Cookie"])
        return response


class TrailingSlashMiddleware:
    """Answer `/api/v2/datasets/` like `/api/v2/datasets`."""

    def __init__(self, get_response: Handler) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if speaks_json(request.path_info):
            request.path_info = request.path_info.rstrip("/")
        return self._get_response(request)


class RequestSizeMiddleware:
    """Refuse bodies that are too large or compressed, and read chunked ones whole.

    DRF takes a body without Content-Length, as chunked ones are, for no body at all.
    """

    def __init__(self, get_response: Handler) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        code = _refusal(request)
        if code is not None:
            return refusal_at(request.path, OracleError.of(code))
        return self._get_response(request)


def _refusal(request: HttpRequest) -> str | None:
    """Return the code of what is wrong with the body, if anything is."""
    if request.headers.get("Content-Encoding", "identity").lower() not in {"", "identity"}:
        return "unsupported_media_type"
    if "chunked" in request.headers.get("Transfer-Encoding", "").lower():
        return _read_chunked(request)
    length = request.headers.get("Content-Length") or "0"
    if not (length.isascii() and length.isdigit()):
        return "parse_error"
    digits = len(str(settings.MAX_BODY_BYTES))
    is_too_large = len(length) > digits or int(length) > settings.MAX_BODY_BYTES
    return "payload_too_large" if is_too_large else None


def _read_chunked(request: HttpRequest) -> str | None:
    body = request.META["wsgi.input"].read(settings.MAX_BODY_BYTES + 1)
    if len(body) > settings.MAX_BODY_BYTES:
        return "payload_too_large"
    request.META["CONTENT_LENGTH"] = str(len(body))
    request._stream = io.BytesIO(body)  # noqa: SLF001 (where Django reads the body from)
    return None
