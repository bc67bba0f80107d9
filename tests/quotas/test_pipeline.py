"""Many questions over one connection, against a real Valkey that is stopped, frozen and emptied."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import hiredis
import pytest

from quotas import limiter, valkey
from quotas.limiter import Caller, Prepared
from quotas.limits import DAY, HOUR, Rule
from quotas.pipeline import Line, Pipeline
from quotas.valkey import Server
from tests.quotas.own_valkey import OwnValkey

RULES = (Rule(HOUR, 100), Rule(DAY, None))


@pytest.fixture
def own(tmp_path: Path) -> Iterator[OwnValkey]:
    made = OwnValkey(tmp_path)
    made.start()
    yield made
    made.kill()


def asked(url: str, ask: Callable[[Pipeline], Coroutine[Any, Any, Any]]) -> Any:
    """Return what a pipeline to this server is answered."""

    async def run() -> Any:
        pipeline = Pipeline(Server(url))
        try:
            return await ask(pipeline)
        finally:
            pipeline.close()
            await asyncio.sleep(0.01)  # until the connection is closed

    return asyncio.run(run())


def command(*words: Any) -> bytes:
    packed: bytes = hiredis.pack_command(words)
    return packed


def test_each_of_many_gets_its_own_answer(own: OwnValkey) -> None:
    async def ask(pipeline: Pipeline) -> Any:
        return await asyncio.gather(*(pipeline.ask(command("ECHO", str(n))) for n in range(500)))

    assert asked(own.url, ask) == [str(n).encode() for n in range(500)]


def test_all_go_over_one_connection(own: OwnValkey) -> None:
    async def ask(pipeline: Pipeline) -> set[int]:
        return set(
            await asyncio.gather(*(pipeline.ask(command("CLIENT", "ID")) for _ in range(50)))
        )

    assert len(asked(own.url, ask)) == 1


def test_the_database_is_the_one_of_the_url(own: OwnValkey) -> None:
    with own.client() as client:
        client.execute_command("SELECT", 3)
        client.set("one", "two")

    url = own.url.replace("db=0", "db=3")
    assert asked(url, lambda pipeline: pipeline.ask(command("GET", "one"))) == b"two"


def test_a_password_is_given(own: OwnValkey) -> None:
    with own.client() as client:
        client.config_set("requirepass", "secret")

    url = own.url.replace("unix://", "unix://:secret@")
    assert asked(url, lambda pipeline: pipeline.ask(command("PING"))) == b"PONG"


def test_who_is_not_let_in_is_away(own: OwnValkey) -> None:
    with own.client() as client:
        client.config_set("requirepass", "secret")

    url = own.url.replace("unix://", "unix://:wrong@")
    with pytest.raises(valkey.Away):
        asked(url, lambda pipeline: pipeline.ask(command("PING")))


def test_an_error_is_the_answer_of_who_made_it_alone(own: OwnValkey) -> None:
    async def ask(pipeline: Pipeline) -> Any:
        wrong = pipeline.ask(command("NO", "SUCH", "COMMAND"))
        return await asyncio.gather(wrong, pipeline.ask(command("PING")))

    error, pong = asked(own.url, ask)
    assert isinstance(error, hiredis.ReplyError)
    assert pong == b"PONG"


def test_a_server_that_hangs_is_away_for_all_who_wait(
    own: OwnValkey, caplog: pytest.LogCaptureFixture
) -> None:
    async def ask(pipeline: Pipeline) -> list[Any]:
        await pipeline.ask(command("PING"))
        own.freeze()
        waiting = [pipeline.ask(command("PING")) for _ in range(20)]
        return await asyncio.gather(*waiting, return_exceptions=True)

    said = asked(own.url, ask)
    own.thaw()
    assert [type(one) for one in said] == [valkey.Away] * 20
    assert caplog.text.count("Valkey did not count") == 1


def test_a_server_that_answers_others_is_not_away_for_who_waits_longer() -> None:
    async def ask() -> Any:
        breaker = valkey.Breaker(is_back=lambda: True)
        loop, line = asyncio.get_running_loop(), Line(breaker)
        for number in range(4):
            late = (number + 0.5) * valkey.PATIENCE
            loop.call_later(late, line.data_received, b":%d\r\n" % number)
        return await asyncio.gather(*(line.ask(b"") for _ in range(4)))

    assert asyncio.run(ask()) == [0, 1, 2, 3]


def test_answers_that_come_too_late_are_nobody_elses(own: OwnValkey) -> None:
    async def ask(pipeline: Pipeline) -> Any:
        await pipeline.ask(command("PING"))
        own.freeze()
        with pytest.raises(valkey.Away):
            await pipeline.ask(command("ECHO", "late"))
        own.thaw()
        return await pipeline.ask(command("ECHO", "mine"))

    assert asked(own.url, ask) == b"mine"


def test_a_server_that_was_started_again_is_found_again(own: OwnValkey) -> None:
    async def ask(pipeline: Pipeline) -> Any:
        await pipeline.ask(command("PING"))
        own.kill()
        await asyncio.sleep(0.05)
        with pytest.raises(valkey.Away):
            await pipeline.ask(command("PING"))
        own.start()
        return await pipeline.ask(command("PING"))

    assert asked(own.url, ask) == b"PONG"


def test_an_open_breaker_lets_nobody_wait(own: OwnValkey) -> None:
    async def ask(pipeline: Pipeline) -> None:
        pipeline._server.breaker.is_open = True
        await pipeline.ask(command("PING"))

    with pytest.raises(valkey.Away):
        asked(own.url, ask)


def test_a_prepared_question_is_what_take_asks(own: OwnValkey, monkeypatch: Any) -> None:
    server = Server(own.url)
    monkeypatch.setattr(valkey, "server", lambda: server)
    caller = Caller("one")
    with own.client() as client:
        client.set(limiter.EPOCH, "1")
    limiter.take(caller, RULES)  # so that the script is there
    prepared = Prepared(caller, RULES, version=limiter.ANY_VERSION)

    packed = prepared.packed(event=b'{"id": 1}', request=b"a request")

    reply = asked(own.url, lambda pipeline: pipeline.ask(packed))

    decision = limiter.decision_of(RULES, reply)
    assert [level.used for level in decision.levels] == [2, 2]
    with own.client() as client:
        ((_, fields),) = client.xrange(limiter.STREAM)
    assert fields == {b"e": b'{"id": 1}'}
    assert limiter.take(caller, RULES, request="a request").levels[0].used == 2


def test_an_event_is_in_the_stream_once_and_only_if_the_request_got_in(
    own: OwnValkey, monkeypatch: Any
) -> None:
    server = Server(own.url)
    monkeypatch.setattr(valkey, "server", lambda: server)
    caller, rules = Caller("one"), [Rule(HOUR, 2)]
    with own.client() as client:
        client.set(limiter.EPOCH, "1")
    limiter.take(caller, rules, cost=0)  # so that the script is there
    prepared = Prepared(caller, rules, version=limiter.ANY_VERSION)

    async def ask(pipeline: Pipeline) -> None:
        for request in (b"a", b"a", b"b", b"c"):
            await pipeline.ask(prepared.packed(event=b"event " + request, request=request))

    asked(own.url, ask)

    with own.client() as client:
        kept = [fields for _, fields in client.xrange(limiter.STREAM)]
    assert kept == [{b"e": b"event a"}, {b"e": b"event b"}]
