"""What every request gets, through the whole stack."""

import re
from typing import Any

import pytest
from django.core.exceptions import SuspiciousOperation
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from rest_framework.exceptions import NotFound, Throttled, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.errors import ServiceUnavailable
from omicsoracle.urls import urlpatterns as site

SECRET = "postgres://user:hunter2@db.internal/omics"


class Echo(APIView):
    """Answers with the body, or raises what the test wants."""

    authentication_classes: list[Any] = []
    permission_classes: list[Any] = []
    raises: Exception | None = None

    def get(self, request: Request) -> Response:
        if self.raises is not None:
            raise self.raises
        return Response({"moment": None})

    def post(self, request: Request) -> Response:
        return Response(request.data)


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError(SECRET)


RAISED: dict[str, tuple[Exception, int, str]] = {
    "bug": (RuntimeError(SECRET), 500, "internal_error"),
    "database": (OperationalError(SECRET), 503, "service_unavailable"),
    "own": (ServiceUnavailable("Come back.", retry_after=7), 503, "service_unavailable"),
    "gone": (NotFound(), 404, "not_found"),
    "throttled": (Throttled(wait=3.2), 429, "rate_limited"),
    "nul": (ValueError("A string literal cannot contain NUL (0x00) characters."), 400,
            "validation_error"),
    "value": (ValueError(SECRET), 500, "internal_error"),
    "suspicious": (SuspiciousOperation(SECRET), 400, "parse_error"),
    "nested": (ValidationError({"a": {"b": [{"c": ["wrong"]}]}}), 400, "validation_error"),
}  # fmt: skip

urlpatterns = [
    path("api/test/echo", Echo.as_view()),
    path("api/test/broken", broken),
    *[
        path(f"api/test/{name}", Echo.as_view(raises=error))
        for name, (error, _, _) in RAISED.items()
    ],
    *site,
]
pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db]


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


def post(client: Client, body: bytes, **headers: str) -> Any:
    return client.post(
        "/api/test/echo", body, content_type="application/json", headers=headers or None
    )


@pytest.mark.parametrize("name", RAISED)
def test_whatever_is_raised_becomes_a_problem(name: str, client: Client) -> None:
    _, status, code = RAISED[name]

    answer = client.get(f"/api/test/{name}")

    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    problem = answer.json()
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["type"] == f"/docs/errors#{code}"
    assert problem["title"]
    assert problem["detail"]
    assert problem["request_id"] == answer["X-Request-ID"]


@pytest.mark.parametrize("name", [*RAISED, "broken"])
def test_no_problem_tells_what_was_raised(name: str, client: Client) -> None:
    answer = client.get(f"/api/test/{name}")

    assert b"hunter2" not in answer.content
    assert b"Traceback" not in answer.content


def test_a_fault_outside_of_views_that_drf_knows_is_a_problem_too(client: Client) -> None:
    answer = client.get("/api/test/broken")

    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")


def test_nested_errors_are_named_by_their_path(client: Client) -> None:
    assert client.get("/api/test/nested").json()["errors"] == {"a.b.0.c": ["wrong"]}


@pytest.mark.parametrize("name", ["own", "database", "throttled"])
def test_who_should_come_back_is_told_when(name: str, client: Client) -> None:
    assert int(client.get(f"/api/test/{name}")["Retry-After"]) >= 1


def test_a_limit_tells_its_wait_and_its_policy(client: Client) -> None:
    problem = client.get("/api/test/throttled").json()

    assert (problem["retry_after"], problem["policy"]) == (4, "burst")


@pytest.mark.parametrize("path_", ["/api/nowhere", "/api/v2/nowhere", "/health/nowhere"])
def test_an_unknown_address_of_programs_is_a_problem(path_: str, client: Client) -> None:
    answer = client.get(path_)

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_an_unknown_address_of_people_is_a_page(client: Client) -> None:
    answer = client.get("/nowhere")

    assert answer.status_code == 404
    assert "There is no such page" in answer.text


@pytest.mark.parametrize("method", ["delete", "put", "patch"])
def test_a_method_that_is_not_offered_is_a_problem_that_names_those_that_are(
    method: str, client: Client
) -> None:
    answer = getattr(client, method)("/api/test/echo")

    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert "GET" in answer["Allow"]


def test_a_wrong_host_is_refused(client: Client) -> None:
    answer = client.get("/api/test/echo", headers={"Host": "evil.example"})

    assert (answer.status_code, answer.json()["code"]) == (400, "parse_error")


@pytest.mark.parametrize("own", ["a", "req-123_abc.9", "x" * 64])
def test_a_callers_own_request_id_is_taken_over(own: str, client: Client) -> None:
    assert client.get("/health/live", headers={"X-Request-ID": own})["X-Request-ID"] == own


@pytest.mark.parametrize("foreign", ["", "x" * 65, "a b", 'a"}', "ä", "a\n"])
def test_anything_else_is_replaced_by_an_id_of_ours(foreign: str, client: Client) -> None:
    given = client.get("/health/live", headers={"X-Request-ID": foreign})["X-Request-ID"]

    assert re.fullmatch(r"[0-9a-f-]{36}", given)


@pytest.mark.parametrize("path_", ["/", "/nowhere", "/api/nowhere", "/api/test/broken", "/docs"])
def test_every_answer_has_the_security_headers_and_an_id(path_: str, client: Client) -> None:
    answer = client.get(path_)

    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"
    assert "default-src 'self'" in answer["Content-Security-Policy"]
    assert answer["X-Request-ID"]


def test_a_trailing_slash_makes_no_difference(client: Client) -> None:
    plain, slashed = (
        post(client, b'{"a": 1}'),
        client.post("/api/test/echo/", b'{"a": 1}', content_type="application/json"),
    )

    assert plain.json() == slashed.json() == {"a": 1}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"a": 1, "a": 2}', "parse_error"),
        (b'{"a": Infinity}', "parse_error"),
        (b'{"a": 1e999}', "parse_error"),
        (b'{"a": ' + b"9" * 65 + b"}", "parse_error"),
        (b"[" * 100_000, "parse_error"),
        (b'{"a":' * 33 + b"1" + b"}" * 33, "parse_error"),
        (b'{"a": "\\ud800"}', "validation_error"),
        (b'{"\\u0000": 1}', "validation_error"),
        (b'{"a": ["\\u0000"]}', "validation_error"),
        (b"\xff", "parse_error"),
        (b'"text"', "parse_error"),
    ],
)
def test_a_body_that_is_not_an_object_of_clean_json_is_refused(
    body: bytes, code: str, client: Client
) -> None:
    answer = post(client, body)

    assert (answer.status_code, answer.json()["code"]) == (400, code)


@pytest.mark.parametrize(
    ("body", "read"),
    [
        (b"", {}),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        (b'{"a":' * 32 + b"1" + b"}" * 32, None),
        (b'{"a": "[[[[{{{{\\""}', {"a": '[[[[{{{{"'}),
        ('{"a": "β 🧬"}'.encode(), {"a": "β 🧬"}),
    ],
)
def test_a_body_of_clean_json_is_read(body: bytes, read: object, client: Client) -> None:
    answer = post(client, body)

    assert answer.status_code == 200
    assert read is None or answer.json() == read


@pytest.mark.parametrize(
    "content_type", ["text/plain", "multipart/form-data; boundary=x", "application/json; charset=x"]
)
def test_another_format_is_refused(content_type: str, client: Client) -> None:
    answer = client.generic("POST", "/api/test/echo", b"{}", content_type=content_type)

    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


def test_a_compressed_body_is_refused(client: Client) -> None:
    answer = post(client, b"{}", **{"Content-Encoding": "gzip"})

    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


def test_a_body_of_a_mebibyte_is_read_and_one_byte_more_is_not(client: Client) -> None:
    full = b'{"a": "' + b"x" * (2**20 - 9) + b'"}'

    assert len(full) == 2**20
    assert post(client, full).status_code == 200
    assert post(client, full + b" ").json()["code"] == "payload_too_large"


@pytest.mark.parametrize("length", ["-1", "ten", "1.5", "٣"])
def test_a_length_that_is_none_is_refused(length: str, client: Client) -> None:
    answer = client.generic(
        "POST", "/api/test/echo", b"{}", content_type="application/json", CONTENT_LENGTH=length
    )

    assert answer.status_code == 400


def test_an_answer_is_json_whatever_is_accepted(client: Client) -> None:
    answer = client.get("/api/test/echo", headers={"Accept": "image/png"})

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")


@pytest.mark.parametrize("path", ["/api/v2/auth/me", "/api/v2/nothing", "/api/schema"])
def test_no_cache_in_between_gives_an_answer_to_somebody_else(path: str) -> None:
    answer = Client().get(path)

    assert answer["Cache-Control"].startswith("private")
    assert {"Authorization", "X-API-Key", "Cookie"} <= set(answer["Vary"].split(", "))


def test_a_page_says_itself_how_long_it_holds() -> None:
    assert "Cache-Control" not in Client().get("/docs/errors")


def test_a_page_of_a_configured_site_may_send_a_key(settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["https://lab.example"]
    asked = {"Access-Control-Request-Method": "POST"}
    asked["Access-Control-Request-Headers"] = "x-api-key,content-type"

    def allowed(origin: str) -> str:
        headers = asked | {"Origin": origin}
        answer = Client().options("/api/v2/agents/search", headers=headers)
        return answer.headers.get("Access-Control-Allow-Headers", "")

    assert "x-api-key" in allowed("https://lab.example")
    assert allowed("https://evil.example") == ""
