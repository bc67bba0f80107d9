"""A language model behind the API of OpenAI, or of any server that speaks it.

Named by `settings.SUMMARY_WRITER`, and imported only where one is configured.
"""

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
import openai
import orjson
import stamina

from common import request_id
from common.breaker import Breaker
from common.errors import ServiceUnavailable
from common.spans import traced
from discovery.summaries import NoAnswer

CORRELATION = "X-Client-Request-Id"  # as OpenAI calls what callers name their requests
TRIES = 2  # each may be paid for
TIMEOUT, CONFLICT, TOO_MANY, SERVER_ERROR = 408, 409, 429, 500


class WriterUnavailable(ServiceUnavailable):
    """The language model did not answer in time, or not with what can be read."""

    code = "upstream_unavailable"


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds and bytes that one answer may take, all tries together."""

    total: float = 20
    connect: float = 2
    longest_wait: float = 2
    body: int = 200_000


class Fault(Exception):
    """A try failed, and it is the server's fault: another may succeed."""

    def __init__(self, reason: str, *, retry_after: float | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(reason)


class Writer:
    """Asks the model for JSON of a given form: without tools, without memory, within `limits`."""

    def __init__(
        self,
        *,
        api_key: str,
        base_url: str,
        model: str,
        breaker: Breaker,
        limits: Limits | None = None,
    ) -> None:
        self.model = model
        self._breaker, self._limits = breaker, limits or Limits()
        self._client = openai.OpenAI(
            api_key=api_key or "none",
            base_url=base_url,
            max_retries=0,
            http_client=httpx2.Client(
                follow_redirects=False,
                trust_env=False,
                headers={"Accept-Encoding": "identity"},
            ),
        )

    def close(self) -> None:
        self._client.close()

    @traced("question to the language model")
    def write(
        self, messages: Sequence[Mapping[str, str]], *, form: Mapping[str, Any], most_tokens: int
    ) -> str:
        """Return what the model says.

        :param form: the JSON schema of the answer, as `response_format` takes it
        :raises NoAnswer: if it does not finish
        :raises WriterUnavailable: if it says nothing in time that can be read
        :raises CircuitOpen: if it failed too often just now
        """
        asked = {
            "model": self.model,
            "messages": list(messages),
            "response_format": form,
            "max_completion_tokens": most_tokens,
            "store": False,
        }
        until = time.monotonic() + self._limits.total
        patience = _Patience(self._limits, until)
        try:
            for attempt in stamina.retry_context(on=patience, attempts=TRIES, timeout=None):
                with attempt:
                    answer = self._try(asked, until)
        except Fault as fault:
            wait = fault.retry_after or self._limits.longest_wait
            raise WriterUnavailable(f"The language model: {fault}", retry_after=wait) from fault
        except openai.OpenAIError as error:
            raise WriterUnavailable("The language model refused the request.") from error
        return answer

    def _try(self, asked: Mapping[str, Any], until: float) -> str:
        with self._breaker.calling(failures=(Fault,)):
            choice = self._choice(asked, until)
        return _said(choice)

    def _choice(self, asked: Mapping[str, Any], until: float) -> tuple[object, object]:
        with _their_faults():
            return _choice_of(self._post(asked, until))

    def _post(self, asked: Mapping[str, Any], until: float) -> bytes:
        left = max(0.001, until - time.monotonic())
        timeout = httpx2.Timeout(left, connect=min(self._limits.connect, left))
        create = self._client.with_options(timeout=timeout).chat.completions
        body = bytearray()
        with create.with_streaming_response.create(
            **asked, extra_headers=request_id.sent_as(CORRELATION)
        ) as response:
            if "Content-Encoding" in response.headers:
                raise Fault("it sent a compressed answer that we did not ask for.")
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > self._limits.body:
                    raise Fault("its answer is too long.")
                if time.monotonic() > until:
                    raise Fault("its answer takes too long.")
        return bytes(body)


@dataclass(frozen=True, slots=True)
class _Patience:
    """How long to wait before another try: as the server says, else up to a growing limit."""

    limits: Limits
    until: float
    faults: list[Fault] = field(default_factory=list)

    def __call__(self, error: Exception) -> bool | float:
        if not isinstance(error, Fault):
            return False
        self.faults.append(error)
        wait = random.uniform(0, min(self.limits.longest_wait, 0.5 * len(self.faults)))  # noqa: S311
        wait += error.retry_after or 0
        return wait if time.monotonic() + wait < self.until else False


@contextmanager
def _their_faults() -> Iterator[None]:
    """Tell what is the server's fault from what it refuses."""
    try:
        yield
    except openai.APIStatusError as error:
        status = error.status_code
        if status not in {TIMEOUT, CONFLICT, TOO_MANY} and status < SERVER_ERROR:
            raise
        wait = _retry_after(error.response.headers)
        raise Fault(f"it answered with status {status}.", retry_after=wait) from error
    except (openai.APIConnectionError, httpx2.HTTPError) as error:
        raise Fault(f"no whole answer ({type(error).__name__}).") from error


def _choice_of(body: bytes) -> tuple[object, object]:
    """Return what an answer says, and why it ends there."""
    try:
        choice = orjson.loads(body)["choices"][0]
        return choice["message"]["content"], choice["finish_reason"]
    except (orjson.JSONDecodeError, KeyError, IndexError, TypeError) as error:
        raise Fault("its answer cannot be read.") from error


def _said(choice: tuple[object, object]) -> str:
    """Return what the model said, if it is whole.

    That it is not may be the doing of the text that it was shown: it is no fault of the server.
    """
    said, ended = choice
    if not isinstance(said, str) or ended == "length":
        raise NoAnswer("It did not finish.")
    return said


def _retry_after(headers: Mapping[str, str]) -> float | None:
    said = headers.get("Retry-After", "").strip()
    return float(said[:9]) if said.isascii() and said.isdigit() else None
