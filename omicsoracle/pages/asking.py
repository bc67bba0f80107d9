"""How a page asks the API: in this process, through everything that stands before it.

What a page can do, the API can, and nothing else: calls of pages are counted, kept, limited and refused as all are.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import orjson
from django.core.handlers.base import BaseHandler
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest

from common import request_id

BASE = "/api/v2/"
# What of a page's request says whose it is, and where it came in. Credentials of the API are none of a page's.
KEPT = (
    *("HTTP_COOKIE", "HTTP_HOST", "HTTP_USER_AGENT", "HTTP_X_FORWARDED_PROTO", "REMOTE_ADDR"),
    *("SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL", "SCRIPT_NAME"),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the API said.

    :param data: of the JSON body; None without one
    """

    status: int
    headers: Mapping[str, str]
    data: Any


class Refused(Exception):
    """The API refuses; `pages.middleware` shows it where the page itself does not.

    :ivar problem: the body, as `common.problems` makes it
    """

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.data.get("detail", ""))
        self.status = answer.status
        self.headers = answer.headers
        self.problem: Mapping[str, Any] = answer.data

    @property
    def code(self) -> str:
        return str(self.problem.get("code", ""))


def ask(
    request: HttpRequest,
    method: str,
    path: str,
    body: Mapping[str, Any] | None = None,
    *,
    query: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Call the API as whoever uses a page.

    :param path: below /api/v2/
    :param query: of the address; what is empty is left out
    :param headers: as in WSGI's environ, such as `HTTP_IDEMPOTENCY_KEY`
    :raises Refused: if the answer is a problem
    """
    response = _handler().get_response(_call(request, method, path, body, query, headers))
    data = _data_of(response)
    answer = Answer(response.status_code, dict(response.headers), data)
    if response.status_code >= HTTPStatus.BAD_REQUEST:
        raise Refused(answer)
    return answer


def _call(
    page: HttpRequest,
    method: str,
    path: str,
    body: Mapping[str, Any] | None,
    query: Mapping[str, Any] | None,
    headers: Mapping[str, str] | None,
) -> WSGIRequest:
    content = b"" if body is None else orjson.dumps(body)
    given = {name: value for name, value in (query or {}).items() if value not in {None, ""}}
    environ = {name: page.META[name] for name in KEPT if name in page.META}
    environ |= {
        "REQUEST_METHOD": method,
        "PATH_INFO": (BASE + path).encode().decode("latin-1"),  # WSGI's way to write bytes
        "QUERY_STRING": urlencode(given, doseq=True),
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(content)),
        "HTTP_ACCEPT": "application/json",
        "HTTP_X_REQUEST_ID": request_id.current(),
        "wsgi.input": io.BytesIO(content),
        "wsgi.url_scheme": page.scheme,
        **(headers or {}),
    }
    call = WSGIRequest(environ)
    call.page = page  # type: ignore[attr-defined]  # whose browser it is, is known already
    # The page's own request has passed this check, or changes nothing.
    call._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]  # noqa: SLF001
    return call


@cache
def _handler() -> BaseHandler:
    handler = BaseHandler()
    handler.load_middleware()
    return handler


def _data_of(response: Any) -> Any:
    content = b"".join(response) if response.streaming else response.content
    is_json = "json" in response.get("Content-Type", "")
    return orjson.loads(content) if is_json and content else None
