"""The real nginx with our configuration, and a web server behind it that remembers what reached it."""

import contextlib
import http.client
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.conf import settings

from tests.monitoring import programs
from tests.ports import free_port

RENDER = Path(settings.BASE_DIR) / "deploy" / "nginx" / "render"
SMOKE = Path(settings.BASE_DIR) / "deploy" / "scripts" / "smoke"
PATIENCE = 20.0


@dataclass(frozen=True, slots=True)
class Reached:
    """A request as the web server got it; headers in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Said:
    """An answer; headers in lower case, each as often as it came."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def all(self, name: str) -> list[str]:
        return [value for called, value in self.headers if called == name]


class Behind(BaseHTTPRequestHandler):
    """What is asked below /api/v2/tired on a connection that was used before is not answered.

    /api/v2/closed and /closed are answered with 503, in words of its own.
    """

    protocol_version = "HTTP/1.1"
    server: "Upstream"

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.reached.append(Reached(self.command, self.path, headers, body))
        is_used, self.is_used = getattr(self, "is_used", False), True
        if self.path.startswith("/api/v2/tired") and is_used:
            self.close_connection = True
            return
        is_closed = self.path.endswith("/closed")
        said = OWN_WORDS if is_closed else b"ok"
        self.send_response(503 if is_closed else 200)
        self.send_header("Content-Length", str(len(said)))
        if self.path.startswith("/own-headers"):
            for name, value in OWN_HEADERS.items():
                self.send_header(name, value)
        if is_closed:
            self.send_header("Retry-After", "120")
        self.end_headers()
        self.wfile.write(said if self.command != "HEAD" else b"")

    do_GET = do_HEAD = do_POST = do_PATCH = do_DELETE = answer  # noqa: N815 (the library's names)

    def log_message(self, *_: object) -> None:
        pass


OWN_HEADERS = {
    "Strict-Transport-Security": "max-age=1",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "SAMEORIGIN",
    "Content-Security-Policy": "default-src 'self'",
    "Cache-Control": "private, no-store",
    "X-Request-ID": "the-applications",
}
OWN_WORDS = b'{"code":"service_unavailable","detail":"Closed until noon."}'


class Upstream(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Behind)
        self.reached: list[Reached] = []

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


@contextlib.contextmanager
def upstream() -> Iterator[Upstream]:
    server = Upstream()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass(slots=True)
class Edge:
    """A running nginx: where it listens, and the certificate that it shows."""

    folder: Path
    variables: dict[str, str]
    plain_port: int = field(default_factory=free_port)
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def configuration(self) -> Path:
        return self.folder / "nginx.conf"

    @property
    def log(self) -> Path:
        return self.folder / "access.log"

    def render(self, **changed: str) -> None:
        """Write the configuration, with other values than before."""
        self.variables |= changed
        done = subprocess.run(
            [str(RENDER)], env=self._environment(), capture_output=True, check=True
        )
        self.configuration.write_bytes(done.stdout)

    def start(self) -> None:
        certificate(self.folder)
        self.render()
        command = self.command("-g", "daemon off;")
        with (self.folder / "nginx.out").open("wb") as out:
            self.process = subprocess.Popen(command, stdout=out, stderr=out)
        until = time.monotonic() + PATIENCE
        while not answers(self.port):
            if self.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError((self.folder / "nginx.out").read_text())
            time.sleep(0.02)

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(PATIENCE)

    def command(self, *arguments: str) -> list[str]:
        nginx = str(programs.find("nginx"))
        return [
            nginx,
            "-p",
            str(self.folder),
            "-e",
            "stderr",
            "-c",
            str(self.configuration),
            *arguments,
        ]

    def ask(
        self, path: str, *, method: str = "GET", body: bytes | None = None, **headers: str
    ) -> Said:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection = self.connection()
        try:
            connection.request(method, path, body, named)
            return said(connection)
        finally:
            connection.close()

    def connection(self) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection(
            "127.0.0.1", self.port, timeout=PATIENCE, context=self.context()
        )

    def socket(self, *, alpn: list[str] | None = None) -> ssl.SSLSocket:
        context = self.context()
        if alpn:
            context.set_alpn_protocols(alpn)
        plain = socket.create_connection(("127.0.0.1", self.port), PATIENCE)
        return context.wrap_socket(plain, server_hostname="localhost")

    def raw(self, request: bytes) -> bytes:
        """Send bytes as they are; return all that comes until the other side hangs up."""
        with self.socket() as connection:
            connection.sendall(request)
            return b"".join(iter(lambda: connection.recv(65536), b""))

    def smoke(self, *, key: str = "") -> subprocess.CompletedProcess[str]:
        """Ask the site what deploy/scripts/smoke asks after a release."""
        return subprocess.run(
            [sys.executable, str(SMOKE), f"https://localhost:{self.port}"],
            env={"SSL_CERT_FILE": str(self.folder / "fullchain.pem"), "SMOKE_API_KEY": key},
            capture_output=True,
            text=True,
            check=False,
        )

    def context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.folder / "fullchain.pem"))

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.defpath,
            "NGINX_PROGRAM": str(programs.find("nginx")),
            "NGINX_HTTP": f"127.0.0.1:{self.plain_port}",
            "NGINX_HTTPS": f"127.0.0.1:{self.port}",
            "NGINX_CERTIFICATE": str(self.folder / "fullchain.pem"),
            "NGINX_CERTIFICATE_KEY": str(self.folder / "privkey.pem"),
            "NGINX_STATIC": str(self.folder),
            "NGINX_RUN": str(self.folder),
            "NGINX_ACCESS_LOG": str(self.log),
            **self.variables,
        }


@contextlib.contextmanager
def edge(**variables: str) -> Iterator[Edge]:
    """Run nginx in a folder of its own while the block lasts."""
    folder = Path(f"/tmp/oo-edge-{os.getpid()}-{free_port()}")  # noqa: S108 (nginx's workers pass through)
    folder.mkdir(mode=0o711)
    made = Edge(folder, variables)
    try:
        made.start()
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder, ignore_errors=True)


def certificate(folder: Path) -> None:
    """Make a certificate for localhost and 127.0.0.1, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names: list[x509.GeneralName] = [
        x509.DNSName("localhost"),
        x509.IPAddress(ip_address("127.0.0.1")),
    ]
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "fullchain.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


def said(connection: http.client.HTTPConnection) -> Said:
    answer = connection.getresponse()
    headers = [(name.lower(), value) for name, value in answer.getheaders()]
    return Said(answer.status, headers, answer.read())


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
