"""One question to NCBI: in turn, through the breaker, at most three tries, all in a total time."""

import io
import random
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2
import stamina

from common import request_id
from common.breaker import Breaker, CircuitOpen
from common.errors import OracleError, ServiceUnavailable
from common.spans import traced
from discovery.geo.eutils import SaidError
from discovery.geo.reading import Record, read
from discovery.geo.records import Unreadable

Turn = Callable[[float], AbstractContextManager[None]]
Asked = Mapping[str, str | list[str]]
Note = Callable[[str], None]

TRIES = 3
OK, BAD_REQUEST, TIMEOUT, TOO_MANY, SERVER_ERROR = 200, 400, 408, 429, 500
# What a page of GEO says of a record that it does not show.
NOT_PUBLIC = (b"could not find a public or private accession", b"currently private", b"was deleted")
OUTCOMES = ("answered", "refused", "failed", "left in peace", "no turn")
# NCBI says with status 200 that it is overloaded; any other error that it names is of our making.
THEIR_FAULT = ("rate limit", "backend failed", "temporar", "timeout", "timed out", "try again")


class GeoUnavailable(ServiceUnavailable):
    """NCBI did not answer, though we asked politely and more than once."""

    code = "upstream_unavailable"


class GeoRefused(OracleError):
    """NCBI answered that it will not do what we asked; asking again would not help."""


Reader = Callable[[bytes], Any]  # of a body: what it says, which may be a `GeoRefused`


class Fault(Exception):
    """One try that failed, by NCBI's fault or the network's.

    :param retry_after: how many seconds NCBI wants us to wait
    """

    def __init__(self, reason: str, *, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds and bytes that a question may take; `total` covers all its tries and waiting."""

    connect: float = 5
    read: float = 10
    total: float = 30
    first_wait: float = 0.5
    longest_wait: float = 8
    body: int = 32 * 2**20


@dataclass(frozen=True, slots=True)
class Identity:
    """Who we tell NCBI that we are."""

    tool: str
    email: str
    api_key: str = field(default="", repr=False)

    def parameters(self) -> dict[str, str]:
        said = {"tool": self.tool, "email": self.email, "api_key": self.api_key}
        return {name: value for name, value in said.items() if value}


class Asker:
    """Asks NCBI: E-utilities by POST, so that long lists of ids and the key stay out of URLs.

    :param turn: waits until it is our turn, at most as many seconds as it is told
    :param note: told of each try what came of it, one of `OUTCOMES`
    """

    def __init__(
        self,
        *,
        base_url: str,
        identity: Identity,
        turn: Turn,
        breaker: Breaker,
        limits: Limits,
        note: Note = lambda _: None,
    ) -> None:
        self._identity, self._turn, self._breaker = identity, turn, breaker
        self._limits, self._note = limits, note
        self._http = httpx2.Client(
            base_url=base_url,
            follow_redirects=False,
            trust_env=False,
            headers={"Accept-Encoding": "identity", "User-Agent": identity.tool},
        )

    def close(self) -> None:
        self._http.close()

    def ask(self, utility: str, asked: Asked, *, until: float | None = None) -> Record:
        """Return the answer of a utility.

        :param until: moment of `time.monotonic()` at which there is no more time
        :raises GeoUnavailable: if there is none in time that can be read
        :raises GeoRefused: if NCBI says no
        """
        data = {**asked, **self._identity.parameters()}
        question = _Question("POST", f"{utility}.fcgi", {"data": data})
        answer: Record = self._persist(question, _record_of, until)
        return answer

    def fetch(self, page: str, asked: Asked, *, until: float | None = None) -> bytes:
        """Return the SOFT text that a page of GEO gives, unread.

        :raises GeoUnavailable: if there is none in time
        :raises GeoRefused: if GEO has no such record, or not for everybody, or one that is too long
        """
        question = _Question("GET", page, {"params": asked}, may_be_long=True)
        text: bytes = self._persist(question, _soft_of, until)
        return text

    @traced("question to NCBI")
    def _persist(self, question: "_Question", reader: Reader, until: float | None) -> Any:
        """Try until there is an answer, as long as there is patience."""
        latest = time.monotonic() + self._limits.total
        until = latest if until is None else min(until, latest)
        patience = _Patience(self._limits, until)
        try:
            for attempt in stamina.retry_context(on=patience, attempts=TRIES, timeout=None):
                with attempt:
                    answer = self._noted(question, reader, until)
        except Fault as fault:
            wait = fault.retry_after or self._limits.longest_wait
            raise GeoUnavailable(f"NCBI: {fault}", retry_after=wait) from fault
        if isinstance(answer, GeoRefused):
            raise answer
        return answer

    def _noted(self, question: "_Question", reader: Reader, until: float) -> Any:
        try:
            answer = self._try(question, reader, until)
        except Fault:
            self._note("failed")
            raise
        except CircuitOpen:
            self._note("left in peace")
            raise
        except ServiceUnavailable:
            self._note("no turn")
            raise
        self._note("refused" if isinstance(answer, GeoRefused) else "answered")
        return answer

    def _try(self, question: "_Question", reader: Reader, until: float) -> Any:
        breaker = self._breaker.calling(failures=(Fault,))
        with breaker, self._turn(max(0, until - time.monotonic())):
            try:
                status, headers, body = self._send(question, until)
            except httpx2.HTTPError as error:
                raise Fault(f"no whole answer ({type(error).__name__}).") from error
            except _TooLong as error:
                reason = f"its answer is longer than {self._limits.body:,} bytes."
                if question.may_be_long:
                    return GeoRefused(f"NCBI: {reason}")
                raise Fault(reason) from error
            return _answer(status, headers, body, reader)

    def _send(self, question: "_Question", until: float) -> tuple[int, httpx2.Headers, bytes]:
        left = max(0.001, until - time.monotonic())
        timeout = httpx2.Timeout(
            min(self._limits.read, left), connect=min(self._limits.connect, left)
        )
        body = bytearray()
        with self._http.stream(
            question.method,
            question.path,
            timeout=timeout,
            headers=request_id.sent_as(request_id.HEADER),
            **question.said,
        ) as response:
            if "Content-Encoding" in response.headers:
                raise Fault("it sent a compressed answer that we did not ask for.")
            for chunk in response.iter_raw():
                body += chunk
                if len(body) > self._limits.body:
                    raise _TooLong
                if time.monotonic() > until:
                    raise Fault("its answer takes too long.")
        return response.status_code, response.headers, bytes(body)


@dataclass(frozen=True, slots=True)
class _Question:
    """A request; `said` are its parameters, as httpx2 wants them named."""

    method: str
    path: str
    said: dict[str, Any]
    may_be_long: bool = False  # an answer without a bound is then no failure of NCBI's


class _TooLong(Exception):
    """More was sent than we are ready to hold."""


@dataclass(frozen=True, slots=True)
class _Patience:
    """How long to wait before another try: as NCBI says, else anything up to a growing limit."""

    limits: Limits
    until: float
    faults: list[Fault] = field(default_factory=list)

    def __call__(self, error: Exception) -> bool | float:
        if not isinstance(error, Fault):
            return False
        self.faults.append(error)
        longest = self.limits.first_wait * 2 ** (len(self.faults) - 1)
        wait = random.uniform(0, min(self.limits.longest_wait, longest))  # noqa: S311
        wait += error.retry_after or 0
        return wait if time.monotonic() + wait < self.until else False


def _answer(status: int, headers: httpx2.Headers, body: bytes, reader: Reader) -> Any:
    if status in {TIMEOUT, TOO_MANY} or status >= SERVER_ERROR or OK != status < BAD_REQUEST:
        raise Fault(f"it answered with status {status}.", retry_after=_retry_after(headers))
    if status != OK:
        return GeoRefused(f"NCBI refused the question with status {status}.")
    return reader(body)


def _record_of(body: bytes) -> Record | GeoRefused:
    try:
        return read(io.BytesIO(body))
    except SaidError as error:
        if any(words in str(error).lower() for words in THEIR_FAULT):
            raise Fault(f"it says: {error}") from error
        return GeoRefused(f"NCBI says: {error}")
    except Unreadable as error:
        raise Fault(f"its answer cannot be read. {error}") from error


def _soft_of(body: bytes) -> bytes | GeoRefused:
    start = body.lstrip()
    if start.startswith(b"^"):
        return body
    if any(words in start.lower() for words in NOT_PUBLIC):
        return GeoRefused("GEO has no such record, or does not show it to everybody.")
    raise Fault("it sent something other than SOFT.")


def _retry_after(headers: httpx2.Headers) -> float | None:
    """Return the seconds of `Retry-After`, a number or a date; None if there is none."""
    said = headers.get("Retry-After", "").strip()
    if said.isascii() and said.isdigit():
        return float(said[:9])
    try:
        moment = parsedate_to_datetime(said)
    except ValueError:
        return None
    return max(
        0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    )
