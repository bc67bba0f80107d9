"""Whether a colour answers as it should: asked at its own ports, before and while anybody else does."""

import base64
import contextlib
import http.client
import json
import os
import secrets
import time
from dataclasses import dataclass

from deploy.bluegreen.errors import DeployError

SECONDS = 15.0
NOBODYS = "00000000-0000-0000-0000-000000000000"
SEARCH = "/api/v2/agents/search"
TRIES, BETWEEN = 5, 1.0  # of what is checked, and the seconds between them
WARM = 10  # rounds; more than there are processes
TOO_MANY = (http.client.SERVICE_UNAVAILABLE, http.client.TOO_MANY_REQUESTS)


@dataclass(frozen=True, slots=True)
class Colour:
    """Where a colour answers, and as whom it is asked."""

    web: int
    live: int
    host: str
    key: str

    def is_ready(self) -> bool:
        """Say whether both take requests, web with all its migrations."""
        asked = ((self.web, "/health/ready"), (self.live, "/health/live"))
        try:
            return all(
                self._ask("GET", path, port=port)[0] == http.client.OK for port, path in asked
            )
        except (OSError, http.client.HTTPException):
            return False

    def check(self) -> None:
        """Look at a page, ask a question, open a socket.

        :raises DeployError: at the first that is not as it should be
        """
        for path in ("/health/ready", "/health", "/"):
            self._require(path, self._status("GET", path), http.client.OK)
        status, body = self._asked("POST", SEARCH, _new_question())
        self._require(SEARCH, status, http.client.OK)
        if b'"datasets"' not in body:
            raise DeployError(f"{SEARCH} answered something else than series: {body[:100]!r}")
        self._require("/ws/", self._opened(), http.client.SWITCHING_PROTOCOLS)

    def warm(self) -> None:
        """Ask what people ask, on new connections: what a process does at its first request, nobody waits for."""
        for _ in range(WARM):
            with contextlib.suppress(OSError, http.client.HTTPException):
                self._ask("GET", "/")
                self._ask("GET", "/api/v2/datasets?page_size=1")
                self._ask("POST", SEARCH, _new_question())

    def _require(self, path: str, status: int, wanted: int) -> None:
        if status != wanted:
            raise DeployError(f"{path} at port {self.web} was answered {status}, not {wanted}.")

    def _status(self, method: str, path: str) -> int:
        return self._asked(method, path)[0]

    def _opened(self) -> int:
        """Return what a WebSocket's handshake is answered."""
        key = base64.b64encode(os.urandom(16)).decode()
        headers = {"Connection": "Upgrade", "Upgrade": "websocket"}
        headers |= {"Sec-WebSocket-Key": key, "Sec-WebSocket-Version": "13"}
        connection = http.client.HTTPConnection("127.0.0.1", self.live, timeout=SECONDS)
        try:
            connection.request("GET", f"/ws/batch/{NOBODYS}", headers=self._headers() | headers)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException) as error:
            raise DeployError(f"Port {self.live} opens no socket: {error}") from error
        finally:
            connection.close()

    def _asked(self, method: str, path: str, body: str | None = None) -> tuple[int, bytes]:
        """Ask; who turns a request away because there are too many is asked again."""
        try:
            for _ in range(TRIES - 1):
                said = self._ask(method, path, body)
                if said[0] not in TOO_MANY:
                    return said
                time.sleep(BETWEEN)
            return self._ask(method, path, body)
        except (OSError, http.client.HTTPException) as error:
            raise DeployError(f"{path} at port {self.web} is not answered: {error}") from error

    def _ask(
        self, method: str, path: str, body: str | None = None, *, port: int = 0
    ) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", port or self.web, timeout=SECONDS)
        try:
            connection.request(method, path, body, self._headers())
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def _headers(self) -> dict[str, str]:
        return {
            "Host": self.host,
            "X-Forwarded-Proto": "https",
            "X-API-Key": self.key,
            "Content-Type": "application/json",
        }


def _new_question() -> str:
    """Return a question in words that nobody has asked before, so that the answer is not one that was kept."""
    question = {"query": f"breast cancer RNA-seq {secrets.token_hex(4)}", "max_results": 3}
    return json.dumps(question)
