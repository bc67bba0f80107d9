"""What the loopback servers of the fakes share: they answer, break off, dawdle and hang up on request."""

import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(
        self, day: str, body: bytes, bad: dict[str, tuple[int, dict[str, str], bytes]]
    ) -> None:
        """Send the body as it goes on such a day, or what `bad` has for it: status, headers, body."""
        with suppress(ConnectionError):
            if day == "reset":
                self._reset()
            elif day == "half":
                self._send(200, {}, body, of=len(body) // 2)
                self.close_connection = True
            elif day == "drip":
                self._send(200, {}, body, pause=0.05)
            else:
                self._send(*bad.get(day, (200, {}, body)))

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def _send(
        self,
        status: int,
        headers: dict[str, str],
        body: bytes,
        *,
        of: int | None = None,
        pause: float = 0,
    ) -> None:
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        step = 1 if pause else 65536
        for start in range(0, len(body[:of]), step):
            self.wfile.write(body[:of][start : start + step])
            time.sleep(pause)

    def handle(self) -> None:
        with suppress(ConnectionError, ValueError):  # the client went away, or we reset it
            super().handle()

    def finish(self) -> None:
        with suppress(ConnectionError, ValueError, OSError):
            super().finish()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the library's)
        """Say nothing."""


@contextmanager
def listening(handler: type[Handler], *, port: int = 0) -> Iterator[str]:
    """Serve while the block lasts, by default on any port that is free; yield the address."""
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
