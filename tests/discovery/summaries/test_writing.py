"""The language model on good days and bad ones."""

import time
from collections.abc import Callable, Iterator

import pytest
import redis

from common import request_id
from common.breaker import Breaker, CircuitOpen
from discovery.summaries import NoAnswer, Sentence, messages
from discovery.summaries.prompting import INSTRUCTIONS, SCHEMA
from discovery.writing import Limits, Writer, WriterUnavailable
from tests.fakes import openai

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
QUICK = Limits(total=1.5, connect=0.5, longest_wait=0.02, body=100_000)
ASKED = messages([Sentence("summary", "Livers of mice were profiled.")], most_points=2)
Make = Callable[..., Writer]


@pytest.fixture
def server() -> Iterator[openai.Model]:
    with openai.serve() as one:
        yield one


@pytest.fixture
def make(server: openai.Model, valkey: redis.Redis) -> Iterator[Make]:
    made = []

    def make_one(*, url: str = server.url, limits: Limits = QUICK) -> Writer:
        breaker = Breaker("language model", client=valkey)
        writer = Writer(api_key="sk-1", base_url=url, model="m", breaker=breaker, limits=limits)
        made.append(writer)
        return writer

    yield make_one
    for writer in made:
        writer.close()


def write(writer: Writer) -> str:
    return writer.write(ASKED, form=SCHEMA, most_tokens=100)


def test_the_model_gets_the_record_and_no_tools(server: openai.Model, make: Make) -> None:
    said = write(make())

    (request,) = server.asked
    assert "Livers of mice were profiled." in said
    assert set(request) == {
        *("model", "messages", "response_format", "max_completion_tokens", "store"),
    }
    assert request["messages"][0]["content"] == INSTRUCTIONS
    assert request["response_format"]["json_schema"]["strict"] is True
    assert (request["max_completion_tokens"], request["store"]) == (100, False)
    assert server.headers[0]["authorization"] == "Bearer sk-1"


def test_the_model_is_told_which_request_it_is_asked_for(server: openai.Model, make: Make) -> None:
    with request_id.bound("req-5"):
        write(make())

    assert server.headers[0]["x-client-request-id"] == "req-5"


@pytest.mark.parametrize("day", ["503", "500", "half", "reset", "html", "other json", "gzip"])
def test_a_bad_day_is_survived(day: str, server: openai.Model, make: Make) -> None:
    server.bad_days = [day]

    assert write(make())
    assert len(server.asked) == 2


@pytest.mark.parametrize("day", ["503", "half", "reset", "html", "gzip", "drip", "endless"])
def test_a_model_that_stays_away_is_given_up(day: str, server: openai.Model, make: Make) -> None:
    server.always = day
    began = time.monotonic()

    with pytest.raises(WriterUnavailable):
        write(make())

    assert len(server.asked) <= 2
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("day", ["401", "302"])
def test_a_refusal_is_not_tried_again(day: str, server: openai.Model, make: Make) -> None:
    server.always = day

    with pytest.raises(WriterUnavailable):
        write(make())

    assert len(server.asked) == 1


def test_a_server_that_is_not_there_is_given_up(make: Make) -> None:
    with pytest.raises(WriterUnavailable):
        write(make(url="http://127.0.0.1:1/v1"))


def test_it_waits_as_long_as_the_server_says(server: openai.Model, make: Make) -> None:
    server.bad_days = ["429"]
    began = time.monotonic()

    write(make())

    assert time.monotonic() - began >= 1


def test_it_does_not_wait_longer_than_it_may(server: openai.Model, make: Make) -> None:
    server.always = "429"

    with pytest.raises(WriterUnavailable):
        write(make(limits=Limits(total=0.5)))

    assert len(server.asked) == 1


def test_an_answer_that_is_cut_is_none_and_no_fault_of_the_server(
    server: openai.Model, make: Make
) -> None:
    server.ends = "length"
    writer = make()

    for _ in range(6):
        with pytest.raises(NoAnswer):
            write(writer)

    assert len(server.asked) == 6


def test_after_five_failures_it_is_left_in_peace(server: openai.Model, make: Make) -> None:
    server.always = "503"
    writer = make()
    for _ in range(3):
        with pytest.raises((WriterUnavailable, CircuitOpen)):
            write(writer)
    asked = len(server.asked)

    with pytest.raises(CircuitOpen):
        write(make())

    assert asked == len(server.asked) == 5
