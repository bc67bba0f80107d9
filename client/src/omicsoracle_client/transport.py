"""Requests: sent, sent again where that is safe, and refusals raised.

Who is over a limit is told when there is room: waiting that long, and not a moment less, is what
works. What was refused so was not done, so anything may be sent again then. After other faults only
what changes nothing by being done twice is: reads, and what has an idempotency key.
"""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2

from omicsoracle_client.answers import Answer, read
from omicsoracle_client.errors import (
    LimitReached,
    NotReached,
    OmicsOracleError,
    Unavailable,
    UnexpectedAnswer,
    problem_of,
)

ROOT = "api/v2/"
IDEMPOTENCY_KEY = "Idempotency-Key"
SAFE = frozenset({"GET", "HEAD"})
TIMEOUT = httpx2.Timeout(60.0, connect=5.0)
PAGE = 100  # rows at a time, the most there are
LONGEST_BACKOFF = 8.0  # seconds
USER_AGENT = "omicsoracle-client/2.1.0"


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, and how often to try again.

    :param seconds: that all waiting for one call may take
    :param attempts: after faults; waiting for a limit is bounded by the seconds alone
    """

    seconds: float = 60.0
    attempts: int = 4


@dataclass(frozen=True, slots=True)
class _Page:
    results: tuple[Any, ...]
    next: str | None = None


class Transport:
    """Sends requests to one service as one user. For several threads at once."""

    def __init__(
        self,
        base_url: str,
        *,
        auth: httpx2.Auth | None = None,
        timeout: httpx2.Timeout | float = TIMEOUT,
        patience: Patience | None = None,
        transport: httpx2.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.url = f"{base_url.rstrip('/')}/{ROOT}"
        self.auth = auth
        self.sleep = sleep
        self._patience = patience or Patience()
        self._http = httpx2.Client(
            base_url=self.url,
            timeout=timeout,
            transport=transport,
            headers={"User-Agent": USER_AGENT, "Accept": "application/json, */*;q=0.5"},
            follow_redirects=False,  # a credential is for this service only
        )

    def close(self) -> None:
        self._http.close()

    def read(self, kind: type[Answer], method: str, path: str, **sent: Any) -> Answer:
        """Return the answer to a request, as a value of this kind."""
        return read(kind, self.json(method, path, **sent))

    def json(self, method: str, path: str, **sent: Any) -> Any:
        """Return the answer to a request, as JSON has it; None if it has no body."""
        response = self.send(method, path, **sent)
        if not response.content:
            return None
        try:
            return response.json()
        except ValueError as error:
            raise UnexpectedAnswer("The answer is no JSON: is that the right address?") from error

    def pages(self, kind: type[Answer], path: str, **parameters: Any) -> Iterator[Answer]:
        """Yield the rows of a list, page by page as they are wanted."""
        cursor: str | None = None
        while True:
            asked = {"page_size": PAGE, **parameters, "cursor": cursor}
            page = self.read(_Page, "GET", path, params=asked)
            yield from (read(kind, row) for row in page.results)
            cursor = _cursor_of(page.next)
            if cursor is None:
                return

    def stream(self, path: str, **parameters: Any) -> Iterator[bytes]:
        """Yield the parts of an answer as they arrive.

        :raises NotReached: if it breaks off
        """
        response = self.send("GET", path, params=parameters, is_streamed=True)
        try:
            yield from response.iter_bytes()
        except httpx2.RequestError as error:
            raise NotReached("The answer broke off. Ask again.") from error
        finally:
            response.close()

    def send(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        is_streamed: bool = False,
    ) -> httpx2.Response:
        """Return the answer to a request, once it is no refusal.

        :raises Problem: what the service refuses
        :raises NotReached: if no answer came
        """
        request = self._http.build_request(
            method, path, json=json, params=_given(params), headers=headers
        )
        is_safe = method in SAFE or IDEMPOTENCY_KEY in request.headers
        until = time.monotonic() + self._patience.seconds
        attempt = 0
        while True:
            attempt += 1
            try:
                return self._once(request, is_streamed=is_streamed)
            except OmicsOracleError as fault:
                wait = self._wait(fault, attempt, is_safe=is_safe)
                if wait is None or time.monotonic() + wait > until:
                    raise
            self.sleep(wait)

    def _once(self, request: httpx2.Request, *, is_streamed: bool) -> httpx2.Response:
        try:
            response = self._http.send(request, auth=self.auth, stream=is_streamed)
            if response.is_success:
                return response
            response.read()
        except httpx2.RequestError as error:
            raise NotReached(f"{self.url} cannot be reached: {error}") from error
        if response.has_redirect_location:
            raise UnexpectedAnswer(
                f"{self.url} sends on to {response.headers['Location']}: use that address itself."
            )
        raise problem_of(response)

    def _wait(self, fault: OmicsOracleError, attempt: int, *, is_safe: bool) -> float | None:
        """Return how long to wait before another attempt; None: there is to be none."""
        if isinstance(fault, LimitReached):
            return fault.retry_after
        if not is_safe or attempt >= self._patience.attempts:
            return None
        backoff: float = min(LONGEST_BACKOFF, 0.25 * 2**attempt) * random.uniform(0.5, 1.0)  # noqa: S311
        if isinstance(fault, Unavailable):
            return fault.retry_after + backoff
        return backoff if isinstance(fault, NotReached) else None


def _given(parameters: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (parameters or {}).items() if value is not None}


def _cursor_of(link: str | None) -> str | None:
    """Return where the next page begins. Only that is taken from a link, never the host."""
    found = parse_qs(urlsplit(link or "").query).get("cursor")
    return found[0] if found else None
