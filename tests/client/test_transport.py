"""What the client does when answers are late, missing or none of ours: against made-up servers."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from omicsoracle_client import (
    Client,
    LimitReached,
    NotReached,
    OmicsOracleError,
    Problem,
    Unavailable,
    UnexpectedAnswer,
)
from omicsoracle_client.transport import Patience

USAGE = {"tier": "free", "hour": {"used": 1}, "day": {}, "concurrent_jobs": {}, "new": True}
FOUND = {"total_found": 0, "datasets": []}
JOB = {"id": "1", "status": "pending", "workflow_type": "simple_search", "total_tasks": 1}
Answer = httpx2.Response | Exception


class Service:
    """Answers with one of these after the other, and remembers what was asked."""

    def __init__(self, *answers: Answer, patience: float = 60.0) -> None:
        self.asked: list[httpx2.Request] = []
        self.slept: list[float] = []
        self._answers = iter(answers)
        self.client = Client(
            "https://service.example",
            api_key="oo_secret",
            patience=Patience(seconds=patience),
            transport=httpx2.MockTransport(self._answer),
        )
        self.client._transport.sleep = self.slept.append

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request)
        answer = next(self._answers)
        if isinstance(answer, Exception):
            raise answer
        return answer


def good(body: Any) -> httpx2.Response:
    return httpx2.Response(200, json=body)


def limited(seconds: int) -> httpx2.Response:
    body = {"code": "rate_limited", "detail": "Wait.", "policy": "hour"}
    return httpx2.Response(429, json=body, headers={"Retry-After": str(seconds)})


def away() -> httpx2.Response:
    body = {"code": "service_unavailable", "detail": "Later."}
    return httpx2.Response(503, json=body, headers={"Retry-After": "3"})


def test_whoever_reaches_a_limit_waits_as_long_as_is_said_and_asks_again() -> None:
    service = Service(limited(7), limited(2), good(FOUND))

    service.client.search("asthma")

    assert service.slept == [7, 2]


def test_nobody_waits_longer_than_their_patience() -> None:
    service = Service(limited(61))

    with pytest.raises(LimitReached) as refused:
        service.client.search("asthma")

    assert (refused.value.retry_after, service.slept) == (61, [])


@pytest.mark.parametrize("fault", [away(), httpx2.ReadError("gone"), httpx2.ConnectError("no")])
def test_reading_is_tried_again_four_times_in_all(fault: Answer) -> None:
    service = Service(fault, fault, fault, good(USAGE))

    assert service.client.usage().hour.used == 1
    assert len(service.slept) == 3
    with pytest.raises((Unavailable, NotReached)):
        Service(fault, fault, fault, fault, good(USAGE)).client.usage()


def test_waits_after_an_outage_are_no_shorter_than_is_said_and_differ() -> None:
    waits = [wait for _ in range(9) for wait in _waits_of_one_outage()]

    assert all(wait > 3 for wait in waits)
    assert len(set(waits)) == 9


def _waits_of_one_outage() -> list[float]:
    service = Service(away(), good(USAGE))
    service.client.usage()
    return service.slept


@pytest.mark.parametrize("fault", [away(), httpx2.ReadError("gone")])
def test_what_may_have_been_done_is_not_sent_twice(fault: Answer) -> None:
    service = Service(fault, good(FOUND))

    with pytest.raises((Unavailable, NotReached)):
        service.client.search("asthma")

    assert len(service.asked) == 1


def test_a_job_is_sent_again_under_the_same_key() -> None:
    service = Service(httpx2.ReadError("gone"), good(JOB))

    service.client.batch.submit(["asthma"])

    first, second = (one.headers["Idempotency-Key"] for one in service.asked)
    assert first == second
    assert service.asked[0].content == service.asked[1].content


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx2.Response(500, json={"code": "internal_error"}), Problem),
        (httpx2.Response(418, text="<h1>teapot</h1>"), Problem),
        (httpx2.Response(502, text="<h1>Bad gateway</h1>"), Unavailable),
        (httpx2.Response(200, text="<h1>Welcome</h1>"), UnexpectedAnswer),
        (good({"tier": "free"}), UnexpectedAnswer),
        (good([1]), UnexpectedAnswer),
        (httpx2.Response(301, headers={"Location": "https://thief.example/"}), UnexpectedAnswer),
    ],
)
def test_answers_that_are_none_are_errors_of_ours(
    answer: httpx2.Response, kind: type[OmicsOracleError]
) -> None:
    service = Service(answer, patience=0)

    with pytest.raises(kind):
        service.client.usage()

    assert [one.url.host for one in service.asked] == ["service.example"]


def test_pages_are_read_as_they_are_wanted_and_from_no_other_host() -> None:
    first = {"next": "https://thief.example/?cursor=abc", "results": [{"geo_id": "GSE1"}]}
    service = Service(good(first), good({"next": None, "results": [{"geo_id": "GSE2"}]}))

    found = service.client.datasets.list()

    assert next(found).geo_id == "GSE1"
    assert len(service.asked) == 1
    assert [one.geo_id for one in found] == ["GSE2"]
    assert service.asked[1].url.host == "service.example"
    assert service.asked[1].url.params["cursor"] == "abc"


def test_results_that_arrive_in_pieces_are_read_line_by_line() -> None:
    line = '{"index":0,"query":"a\u2028b\x85c","status":"completed"}\n'.encode()
    parts = [line[:17], line[17:] + line[:-1], b"\n"]
    service = Service(httpx2.Response(200, content=iter(parts)))

    assert [one.query for one in service.client.batch.results("1")] == ["a\u2028b\x85c"] * 2


def test_an_answer_that_breaks_off_is_said_to() -> None:
    def broken() -> Any:
        yield b"{}"
        raise httpx2.ReadError("gone")

    service = Service(httpx2.Response(200, content=broken()))

    with pytest.raises(NotReached, match="broke off"):
        list(service.client.batch.results("1"))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Client("http://service.example", api_key="oo_x"),
        lambda: Client("service.example", api_key="oo_x"),
        lambda: Client("ftp://service.example", api_key="oo_x"),
        lambda: Client("https://service.example", api_key="oo_x", token="y"),
    ],
    ids=["readable on the way", "no scheme", "another scheme", "two credentials"],
)
def test_a_client_is_not_made_to_lose_its_credential(make: Callable[[], Client]) -> None:
    with pytest.raises(ValueError, match=r"."):
        make()


def test_secrets_are_not_shown_by_what_holds_them() -> None:
    made = {"id": "1", "name": "n", "prefix": "abc", "key": "oo_abc_secret"}
    service = Service(good(made))

    shown = service.client.keys.create("n")

    assert shown.key == "oo_abc_secret"
    assert "secret" not in repr(shown)
