"""NCBI's E-utilities on loopback: real answers where the corpus is there, and misbehaviour on request."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from tests.fakes import misbehaving
from tests.fakes.shelf import Shelf

CORPUS = Path(__file__).parents[3] / "shared" / "corpus" / "ncbi"
HTML = b"<!DOCTYPE html><html><title>Are you human?</title><div class='g-recaptcha'></div></html>"
ANSWERS: dict[str, dict[str, object]] = {
    "esearch": {
        "esearchresult": {"count": "2", "idlist": ["1", "2"], "webenv": "W", "querykey": "1"}
    },
    "esummary": {"result": {"uids": ["1"], "1": {"uid": "1", "accession": "GSE1"}}},
    "elink": {"linksets": [{"ids": ["1"], "linksetdbs": [{"linkname": "a_b", "links": ["2"]}]}]},
}
TOO_LONG = (
    b'{"header": {"type": "eutils"}, "eutilsresult": {"ERROR": "Input XML size is 93810383 bytes, '
    b'and cannot be transformed to JSON. the max size is 10MB"}}'
)
# Status, headers and body of what a bad day looks like.
BAD: dict[str, tuple[int, dict[str, str], bytes]] = {
    "503": (503, {}, b"busy"),
    "404": (404, {}, b"no"),
    "408": (408, {}, b"slow"),
    "302": (302, {"Location": "/elsewhere.fcgi"}, b""),
    "429": (429, {"Retry-After": "1"}, b'{"error":"API rate limit exceeded"}'),
    "html": (200, {}, HTML),
    "error json": (200, {}, b'{"esearchresult": {"ERROR": "Invalid db name specified: x"}}'),
    "overloaded json": (200, {}, b'{"error": "API rate limit exceeded", "count": "4"}'),
    "wrong encoding": (200, {}, b'{"esearchresult": {"count": "1", "idlist": ["\xe9"]}}'),
    "cut json": (200, {}, b'{"esearchresult": {"count": "1", "idli'),
    "too long": (200, {}, TOO_LONG),
    "gzip": (200, {"Content-Encoding": "gzip"}, b"\x1f\x8b"),
    "other": (200, {}, b"<eSummaryResult></eSummaryResult>"),
}


@dataclass
class Ncbi:
    """The server: `bad_days` are lived through one a request, then all is well; `always` stays.

    With a `shelf` it tells of the series on it; without one, the same to everybody.
    """

    url: str = ""
    geo_url: str = ""
    shelf: Shelf | None = None
    slow: float = 0  # seconds that each answer takes
    bad_days: list[str] = field(default_factory=list)
    always: str = ""
    said: dict[str, bytes] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, list[str]]]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    request_ids: list[str | None] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def replay(self, utility: str, name: str) -> None:
        """Answer a utility with a file of the corpus."""
        self.said[utility] = (CORPUS / name).read_bytes()

    def take(self, utility: str, form: dict[str, list[str]]) -> tuple[str, bytes]:
        """Note a request; return the kind of day, and what is said on a good one."""
        with self.lock:
            self.times.append(time.monotonic())
            self.asked.append((utility, form))
            day = self.bad_days.pop(0) if self.bad_days else self.always
            said = self.said.get(utility) or self._answer(utility, form)
        time.sleep(self.slow)
        return day, said

    def _answer(self, utility: str, form: dict[str, list[str]]) -> bytes:
        if self.shelf is None:
            return json.dumps(ANSWERS.get(utility)).encode()
        if utility == "acc.cgi":
            return self.shelf.page(form["acc"][0], form["targ"][0])
        return json.dumps(self.shelf.answer(utility, form)).encode()


class _Handler(misbehaving.Handler):
    ncbi: Ncbi

    def do_GET(self) -> None:  # noqa: N802 (the library's)
        self._answer(parse_qs(urlsplit(self.path).query))

    def do_POST(self) -> None:  # noqa: N802 (the library's)
        self._answer(parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()))

    def _answer(self, form: dict[str, list[str]]) -> None:
        utility = urlsplit(self.path).path.rpartition("/")[2].removesuffix(".fcgi")
        self.ncbi.request_ids.append(self.headers.get("X-Request-ID"))
        day, body = self.ncbi.take(utility, form)
        self.answer(day, body, BAD)


@contextmanager
def serve(*, port: int = 0) -> Iterator[Ncbi]:
    """Run NCBI on a port, by default any that is free, while the block lasts."""
    ncbi = Ncbi()
    handler = type("Handler", (_Handler,), {"ncbi": ncbi})
    with misbehaving.listening(handler, port=port) as address:
        ncbi.url = f"{address}/entrez/eutils/"
        ncbi.geo_url = f"{address}/geo/query/"
        yield ncbi
