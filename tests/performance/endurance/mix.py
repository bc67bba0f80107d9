"""What people ask for, all at once: the table of routes, their shares, and which statuses are right."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle
from urllib.parse import quote

from tests.performance.endurance.generator import NUMBER, Route
from tests.performance.endurance.site import Site
from tests.performance.requests.subjects import (
    SEARCH,
    SENT,
    Headers,
    asking,
    in_zipf_order,
    raw,
    same,
    searches,
)

NEW = NUMBER.decode()
JOBS = "/api/v2/batch/jobs"
STRANGER: Headers = {}
Make = Callable[[Site], Sequence[bytes]]


@dataclass(frozen=True, slots=True)
class Kind:
    """A route of the mix.

    :param share: of all requests, in percent
    :param make: requests of it, of which one is chosen each time
    """

    name: str
    share: float
    expected: tuple[int, ...]
    make: Make


def by_all(method: str, path: str, body: dict[str, object] | None = None) -> Make:
    """Let each of the people send the same."""
    return lambda site: same(lambda who: raw(method, path, who, body), site.keys)


def _by_stranger(path: str) -> Make:
    return lambda _: [raw("GET", path, STRANGER)]


def _asked_before(site: Site) -> list[bytes]:
    return searches(in_zipf_order(site.questions, count=SENT), site.keys)


def _never_asked(site: Site) -> list[bytes]:
    return searches([f"{question} {NEW}" for question in site.questions], site.keys)


def _datasets(site: Site) -> list[bytes]:
    pairs = zip(site.accessions, site.keys, strict=False)
    return [raw("GET", f"/api/v2/datasets/{accession}", who) for accession, who in pairs]


def _reports(site: Site) -> list[bytes]:
    pairs = zip(site.accessions, site.accessions[1:], strict=False)
    bodies = [{"dataset_ids": list(pair), "report_type": "brief"} for pair in pairs]
    return [
        raw("POST", "/api/v2/agents/report", who, body)
        for body, who in zip(bodies, site.keys, strict=False)
    ]


def _jobs(site: Site) -> list[bytes]:
    body: dict[str, object] = {"workflow_type": "simple_search"}
    return [
        raw("POST", JOBS, who, body | {"queries": site.questions[number : number + 3]})
        for number, who in enumerate(site.keys)
    ]


def _pages(site: Site) -> list[bytes]:
    """Let people in browsers look for what others ask for, too."""
    asked = in_zipf_order(site.questions, count=500)
    return [
        raw("GET", f"/search?q={quote(question)}", who)
        for question, who in zip(asked, cycle(site.cookies), strict=False)
    ]


def _beyond_a_limit(site: Site) -> list[bytes]:
    return [raw("GET", f"/api/v2/datasets/{site.accessions[0]}", site.free)]


KINDS = (
    Kind("search, asked before (Zipf, 500 questions)", 64.5, (200,), _asked_before),
    Kind("search, never asked before", 1.5, (200,), _never_asked),
    Kind("list of series", 6, (200,), by_all("GET", "/api/v2/datasets?page_size=5")),
    Kind("one series", 8, (200,), _datasets),
    Kind("who am I", 6, (200,), by_all("GET", "/api/v2/auth/me")),
    Kind("a new name", 2, (200,), by_all("PATCH", "/api/v2/auth/me", {"full_name": f"Ada {NEW}"})),
    Kind("history", 2, (200,), by_all("GET", "/api/v2/history/queries?page_size=10")),
    Kind("usage", 2, (200,), by_all("GET", "/api/v2/users/usage")),
    Kind("batch job of three questions", 0.2, (202,), _jobs),
    Kind("list of batch jobs", 0.8, (200,), by_all("GET", f"{JOBS}?page_size=5")),
    Kind("report", 0.3, (200,), _reports),
    Kind("export of all about oneself", 0.2, (200,), by_all("GET", "/api/v2/auth/me/export")),
    Kind("first page", 2, (200,), _by_stranger("/")),
    Kind("page of results", 1.5, (200,), _pages),
    Kind("without a key", 1, (401,), lambda _: [raw("POST", SEARCH, STRANGER, asking("asthma"))]),
    Kind("no question", 0.5, (400,), by_all("POST", SEARCH, {"query": ""})),
    Kind("no such series", 0.5, (404,), by_all("GET", "/api/v2/datasets/GSE0")),
    Kind("beyond a limit", 1, (200, 429), _beyond_a_limit),
)


def routes(site: Site) -> list[Route]:
    return [Route(one.name, one.share, one.expected, one.make(site)) for one in KINDS]
