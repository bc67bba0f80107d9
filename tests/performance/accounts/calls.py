"""Calls to the API, with the moments at which they were sent and answered."""

import http.client
import itertools
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

API = "/api/v2"
SECONDS = 30
_addresses = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Call:
    """A request, ready to be sent to any server."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; times are seconds of `time.perf_counter`."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    sent_at: float
    arrived_at: float

    def json(self) -> Any:
        return json.loads(self.body)


class Client:
    """One connection that is kept open."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)

    def send(self, call: Call) -> Answer:
        headers = {"Content-Type": "application/json", **call.headers}
        body = None if call.body is None else json.dumps(call.body).encode()
        sent_at = time.perf_counter()
        self._connection.request(call.method, API + call.path, body, headers)
        response = self._connection.getresponse()
        content = response.read()
        arrived_at = time.perf_counter()
        return Answer(response.status, response.getheaders(), content, sent_at, arrived_at)

    def close(self) -> None:
        self._connection.close()


def from_new_address() -> dict[str, str]:
    """Return the header of a caller whom nobody has seen before."""
    return {"X-Forwarded-For": address(next(_addresses))}


def address(number: int) -> str:
    """Return an IPv4 address for a number below 2^24."""
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
