"""What nginx in front of the platform lets through, and what it answers itself: the real one."""

import contextlib
import http.client
import json
import os
import shutil
import socket
import ssl
import subprocess
import threading
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from websockets.sync.client import connect
from websockets.sync.server import ServerConnection, serve
from websockets.typing import Subprotocol

from common.error_kinds import KINDS
from tests.deploy.edge import OWN_HEADERS, OWN_WORDS, RENDER, Edge, Upstream, edge, said, upstream
from tests.faults.own_postgres import wait_for
from tests.monitoring.programs import Missing
from tests.ports import free_port

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
MIB = 1024 * 1024
AWAY = RENDER.parents[2] / "templates" / "503.html"
HEAD = b"POST /api/v2/x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"


@pytest.fixture(scope="module")
def web() -> Iterator[Upstream]:
    with upstream() as server:
        yield server


@pytest.fixture(scope="module")
def site(web: Upstream) -> Iterator[Edge]:
    try:
        with edge(NGINX_WEB=web.address, NGINX_LIVE=f"127.0.0.1:{free_port()}") as made:
            files = made.folder / "static"
            files.mkdir(mode=0o755)
            (files / "site.0123456789ab.css").write_text("main {}")
            (files / "site.css").write_text("main {}")
            yield made
    except Missing as error:
        pytest.skip(str(error))


@pytest.fixture(autouse=True)
def _nothing_has_come(web: Upstream) -> None:
    web.reached.clear()


# --- TLS and HTTP/2 -------------------------------------------------------------------------------


def handshake(site: Edge, version: ssl.TLSVersion) -> str | None:
    context = site.context()
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of versions that nobody should use
        context.minimum_version = context.maximum_version = version
    connection = site.connection()
    connection._context = context
    connection.connect()
    try:
        return connection.sock.version()
    finally:
        connection.close()


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=repr)
def test_modern_tls_is_spoken(site: Edge, version: ssl.TLSVersion) -> None:
    assert handshake(site, version)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1], ids=repr)
def test_old_tls_is_not(site: Edge, version: ssl.TLSVersion) -> None:
    with pytest.raises((ssl.SSLError, ConnectionResetError)):
        handshake(site, version)


def test_http_2_is_offered_and_spoken(site: Edge, web: Upstream) -> None:
    with site.socket(alpn=["h2", "http/1.1"]) as connection:
        assert connection.selected_alpn_protocol() == "h2"
    if not (curl := shutil.which("curl")):
        pytest.skip("curl is not installed")

    done = subprocess.run(
        [curl, "--silent", "--insecure", "--http2", "--write-out", " %{http_version} %{http_code}",
         "--data", "x" * 1000, f"https://127.0.0.1:{site.port}/api/v2/x"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert done.stdout == "ok 2 200"
    assert web.reached[0].body == b"x" * 1000


def test_plain_http_is_sent_on_to_https_with_its_method(site: Edge) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", site.plain_port)
    connection.request("POST", "/api/v2/x?y=1", b"x")
    answer = said(connection)
    connection.close()

    assert answer.status == 308
    assert answer.all("location") == ["https://127.0.0.1/api/v2/x?y=1"]


# --- Who asks -------------------------------------------------------------------------------------


def test_the_callers_address_cannot_be_made_up(site: Edge, web: Upstream) -> None:
    site.ask(
        "/api/v2/x",
        X_Forwarded_For="6.6.6.6, 127.0.0.1",
        X_Real_IP="6.6.6.6",
        Forwarded="for=6.6.6.6",
        X_Forwarded_Host="evil.example",
        X_Forwarded_Proto="http",
        X_Original_URL="/admin/",
        X_HTTP_Method_Override="DELETE",
    )

    (reached,) = web.reached
    assert reached.headers["x-forwarded-for"] == "127.0.0.1"
    assert reached.headers["x-forwarded-proto"] == "https"
    assert "6.6.6.6" not in str(reached.headers)
    assert "evil.example" not in str(reached.headers)
    assert not reached.headers.keys() & {"x-original-url", "x-http-method-override", "forwarded"}


def test_an_underscore_hides_no_header(site: Edge, web: Upstream) -> None:
    head = b"GET /api/v2/x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    site.raw(head + b"X_Forwarded_For: 6.6.6.6\r\n\r\n")

    assert "6.6.6.6" not in str(web.reached[0].headers)


def test_one_id_leads_from_the_log_to_the_application_and_back(site: Edge, web: Upstream) -> None:
    kept = site.ask("/api/v2/x", X_Request_ID="mine-1")
    site.ask("/api/v2/x", X_Request_ID="oo_live_looks_like_a_key")

    assert kept.all("x-request-id") == ["mine-1"]
    assert web.reached[0].headers["x-request-id"] == "mine-1"
    assert len(web.reached[1].headers["x-request-id"]) == 32


def lines(site: Edge) -> list[dict[str, Any]]:
    return [json.loads(line) for line in site.log.read_text().splitlines()]


def test_the_log_is_a_line_a_request_and_never_the_path(site: Edge) -> None:
    site.ask("/api/v2/datasets/GSE1?token=secret", X_Request_ID="logged-1", User_Agent='"}\n'[:2])
    site.raw(b"\x16\x03 nonsense\r\n\r\n")

    wait_for(lambda: '"status_code":400' in site.log.read_text(), "the last line is written")
    (line,) = [one for one in lines(site) if one["correlation_id"] == "logged-1"]
    assert (line["endpoint"], line["method"]) == ("/api/v2/datasets", "GET")
    assert (line["status_code"], type(line["duration_ms"])) == (200, int)
    assert "secret" not in site.log.read_text()


# --- Bodies ---------------------------------------------------------------------------------------


def test_the_largest_body_passes_whole(site: Edge, web: Upstream) -> None:
    assert site.ask("/api/v2/x", method="POST", body=b"x" * MIB).status == 200
    assert len(web.reached[0].body) == MIB


def test_a_chunked_body_comes_in_one_piece_with_its_length(site: Edge, web: Upstream) -> None:
    chunks = b"3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n"
    site.raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunks)

    (reached,) = web.reached
    assert (reached.body, reached.headers["content-length"]) == (b"abcdefg", "7")
    assert "transfer-encoding" not in reached.headers


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_a_body_that_is_too_large_is_refused_unread(
    site: Edge, web: Upstream, framing: str
) -> None:
    length = b"Content-Length: 1048577\r\n\r\n" + b"x" * (MIB + 1)
    chunk = b"Transfer-Encoding: chunked\r\n\r\n100001\r\n" + b"x" * (MIB + 1) + b"\r\n0\r\n\r\n"
    answer = site.raw(HEAD + (length if framing == "length" else chunk))

    head, _, body = answer.partition(b"\r\n\r\n")
    assert b" 413 " in head
    assert json.loads(body)["code"] == "payload_too_large"
    assert web.reached == []


SMUGGLED = {
    "two lengths": b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
    "a length and chunks": b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks in disguise": b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunks twice": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a space before the colon": b"Content-Length : 4\r\n\r\nabcd",
    "a length with a sign": b"Content-Length: +4\r\n\r\nabcd",
    "a chunk without a size": b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n",
    "two hosts": b"Host: evil.example\r\n\r\n",
}


@pytest.mark.parametrize("rest", SMUGGLED.values(), ids=SMUGGLED.keys())
def test_a_request_that_can_be_read_in_two_ways_reaches_nobody(
    site: Edge, web: Upstream, rest: bytes
) -> None:
    answer = site.raw(HEAD + rest)

    assert answer.split(b" ")[1] in {b"400", b"501"}
    assert web.reached == []


def test_only_a_websocket_is_an_upgrade(site: Edge, web: Upstream) -> None:
    for path, wanted in (("/api/v2/x", "websocket"), ("/api/v2/x", "h2c"), ("/", "h2c")):
        site.ask(path, Connection="Upgrade, HTTP2-Settings", Upgrade=wanted)

    assert len(web.reached) == 3
    assert all("upgrade" not in one.headers for one in web.reached)


# --- What is answered here --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def alone() -> Iterator[Edge]:
    """Return nginx without an application, which lets through one request a second of an address."""
    nowhere = f"127.0.0.1:{free_port()}"
    with edge(NGINX_WEB=nowhere, NGINX_LIVE=nowhere, NGINX_RATE="1", NGINX_BURST="5") as made:
        yield made


def test_without_the_application_programs_get_a_problem_and_people_a_page(alone: Edge) -> None:
    problem = alone.ask("/api/v2/datasets", X_Request_ID="mine-2")
    page = alone.ask("/search?query=asthma")

    kind = KINDS["service_unavailable"]
    assert problem.status == page.status == 502
    assert problem.all("content-type") == ["application/problem+json"]
    assert problem.all("retry-after") == ["5"]
    assert problem.all("cache-control") == ["no-store"]
    assert json.loads(problem.body) == {
        "type": "/docs/errors#service_unavailable",
        "title": kind.title,
        "status": 502,
        "detail": kind.advice,
        "code": "service_unavailable",
        "request_id": "mine-2",
    }
    assert page.all("content-type") == ["text/html; charset=utf-8"]
    assert page.all("retry-after") == ["5"]
    assert page.all("cache-control") == ["no-store"]
    assert page.body.strip() == AWAY.read_bytes().strip()


def test_the_log_tells_what_was_asked_of_who_is_away(alone: Edge) -> None:
    alone.ask("/api/v2/datasets/GSE1", method="PATCH", body=b"x", X_Request_ID="logged-2")

    wait_for(lambda: "logged-2" in alone.log.read_text(), "the line is written")
    (line,) = [one for one in lines(alone) if one["correlation_id"] == "logged-2"]
    assert (line["method"], line["endpoint"], line["status_code"]) == (
        "PATCH",
        "/api/v2/datasets",
        502,
    )


def test_an_application_that_takes_no_connection_is_away(web: Upstream) -> None:
    with contextlib.ExitStack() as stack:
        full = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):  # nobody accepts them
            waiting = stack.enter_context(socket.socket())
            waiting.settimeout(0)
            waiting.connect_ex(full.getsockname())
        nowhere = f"127.0.0.1:{full.getsockname()[1]}"
        made = stack.enter_context(edge(NGINX_WEB=nowhere, NGINX_LIVE=web.address))

        page = made.ask("/")

    assert (page.status, page.all("retry-after")) == (504, ["5"])
    assert page.body.strip() == AWAY.read_bytes().strip()


@pytest.mark.parametrize("path", ["/api/v2/closed", "/closed"])
def test_what_the_application_refuses_it_says_in_its_own_words(site: Edge, path: str) -> None:
    answer = site.ask(path)

    assert (answer.status, answer.body) == (503, OWN_WORDS)
    assert answer.all("retry-after") == ["120"]


def test_a_site_whose_application_is_away_does_not_pass_as_released() -> None:
    nowhere = f"127.0.0.1:{free_port()}"
    with edge(NGINX_WEB=nowhere, NGINX_LIVE=nowhere) as made:
        done = made.smoke()

    assert done.returncode == 1
    assert [line[:8] for line in done.stdout.splitlines()] == ["FAIL 502"] * 4


def test_too_many_requests_of_one_address_are_refused_in_the_form_of_the_api(alone: Edge) -> None:
    answers = [alone.ask("/api/v2/datasets") for _ in range(8)]

    refused = answers[-1]
    assert refused.status == 429
    assert refused.all("retry-after") == ["1"]
    assert json.loads(refused.body)["code"] == "rate_limited"
    assert json.loads(refused.body)["retry_after"] == 1


def test_the_words_of_each_refusal_are_the_applications() -> None:
    text = RENDER.with_name("nginx.conf").read_text()

    named = ["permission_denied", "not_found", "request_timeout", "payload_too_large"]
    for code in [*named, "rate_limited", "internal_error", "service_unavailable"]:
        assert f'{code} "{KINDS[code].title}";' in text
        assert f'{code} "{KINDS[code].advice}";' in text
    assert KINDS["parse_error"].title in text
    assert KINDS["parse_error"].advice in text


def test_figures_and_flower_are_not_there_from_outside(site: Edge, web: Upstream) -> None:
    paths = ("/metrics", "/metrics/", "//metrics", "/x/../metrics", "/%6detrics", "/admin/flower/")
    answers = [site.ask(path) for path in paths]

    assert [one.status for one in answers] == [404] * len(paths)
    assert web.reached == []


def test_a_network_that_is_named_sees_the_figures(web: Upstream) -> None:
    with edge(NGINX_WEB=web.address, NGINX_LIVE=web.address, NGINX_INSIDE="127.0.0.0/8") as made:
        assert made.ask("/metrics").status == 200


# --- Headers and files ------------------------------------------------------------------------------


def test_what_the_application_says_is_not_said_twice(site: Edge) -> None:
    answer = site.ask("/own-headers")

    for name, value in OWN_HEADERS.items():
        assert answer.all(name.lower()) == [value]


def test_what_it_does_not_say_is_added(site: Edge) -> None:
    answer = site.ask("/")

    assert answer.all("strict-transport-security") == [
        "max-age=31536000; includeSubDomains; preload"
    ]
    assert answer.all("x-content-type-options") == ["nosniff"]
    assert answer.all("x-frame-options") == ["DENY"]
    assert answer.all("cache-control") == ["private, no-cache"]
    assert "nginx/" not in str(answer.headers)


def test_a_file_whose_name_holds_its_hash_is_kept_for_ever_and_no_other(
    site: Edge, web: Upstream
) -> None:
    hashed, plain = site.ask("/static/site.0123456789ab.css"), site.ask("/static/site.css")

    assert hashed.all("cache-control") == ["public, max-age=31536000, immutable"]
    assert plain.all("cache-control") == ["public, max-age=60"]
    assert hashed.all("content-type") == ["text/css"]
    assert web.reached == []


def test_a_file_that_is_not_there_is_the_applications_matter(site: Edge, web: Upstream) -> None:
    site.ask("/static/other.css")
    assert [one.path for one in web.reached] == ["/static/other.css"]


# --- Twice ------------------------------------------------------------------------------------------


def test_a_read_is_sent_again_when_a_kept_connection_breaks_and_a_write_is_not(
    site: Edge, web: Upstream
) -> None:
    connection = site.connection()
    statuses = []
    for method, path in (
        ("GET", "/"),
        ("GET", "/api/v2/tired"),
        ("GET", "/"),
        ("POST", "/api/v2/tired"),
    ):
        connection.request(method, path, b"x" if method == "POST" else None)
        statuses.append(said(connection).status)
    connection.close()

    tired = [one.method for one in web.reached if one.path == "/api/v2/tired"]
    assert statuses == [200, 200, 200, 502]
    assert tired == ["GET", "GET", "POST"]


# --- Sockets ----------------------------------------------------------------------------------------


def test_a_websocket_passes_with_its_subprotocol(web: Upstream) -> None:
    def echo(opened: ServerConnection) -> None:
        for message in opened:
            opened.send(message)

    with serve(echo, "127.0.0.1", 0, subprotocols=[Subprotocol("bearer")]) as live:
        thread = threading.Thread(target=live.serve_forever)
        thread.start()
        port = live.socket.getsockname()[1]
        with edge(NGINX_WEB=web.address, NGINX_LIVE=f"127.0.0.1:{port}") as made:
            address = f"wss://127.0.0.1:{made.port}/ws/batch/1"
            with connect(
                address, ssl=made.context(), subprotocols=[Subprotocol("bearer")]
            ) as opened:
                opened.send("hello")
                heard = opened.recv(timeout=10)
        live.shutdown()
        thread.join()

    assert (heard, opened.subprotocol) == ("hello", "bearer")
    assert web.reached == []


# --- The script ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["web:8000; evil", "a\nb", "$host", '"', "{", ""])
def test_a_value_that_would_be_more_than_a_value_is_refused(value: str) -> None:
    environment = {"PATH": os.defpath, "NGINX_CERTIFICATE": value or "'"}
    done = subprocess.run([str(RENDER)], env=environment, capture_output=True, check=False)

    assert (done.returncode, done.stdout) == (1, b"")
    assert b"certificate" in done.stderr
