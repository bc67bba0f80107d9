import threading
import time
import urllib.request

import pytest
import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from discovery.geo.politeness import WITH_KEY, WITHOUT_KEY, NoTurn, Politeness
from tests.fakes import ncbi
from tests.processes import together

PROCESSES = 8


def nowhere() -> redis.Redis:
    return redis.Redis(unix_socket_path="/nonexistent/valkey.sock", retry=Retry(NoBackoff(), 0))


def ask(address: str, url: str, per_second: int, times: int) -> None:
    """Ask as fast as politeness allows."""
    turn = Politeness(client=redis.Redis.from_url(url), per_second=per_second)
    for _ in range(times):
        with turn(300):
            urllib.request.urlopen(address, data=b"a=1", timeout=30).close()  # noqa: S310 (loopback)


def most_in_a_second(times: list[float]) -> int:
    return max(sum(first <= one < first + 1 for one in times) for first in times)


@pytest.mark.allow_hosts(["127.0.0.1"])
@pytest.mark.parametrize(("per_second", "times"), [(WITHOUT_KEY, 1), (WITH_KEY, 3)])
def test_eight_processes_together_never_ask_more_often_than_ncbi_allows(
    per_second: int, times: int, valkey: redis.Redis
) -> None:
    with ncbi.serve() as server, together(PROCESSES) as pool:
        address = f"{server.url}esearch.fcgi"
        runs = [
            pool.submit(ask, address, settings.REDIS_URL, per_second, times)
            for _ in range(PROCESSES)
        ]
        [one.result() for one in runs]

    assert len(server.times) == PROCESSES * times
    assert most_in_a_second(server.times) <= per_second


def test_a_turn_that_does_not_come_in_time_is_refused(valkey: redis.Redis) -> None:
    turn = Politeness(client=valkey, per_second=1)

    with turn(1), pytest.raises(NoTurn) as refusal, turn(0.2):
        pass

    assert refusal.value.code == "upstream_unavailable"


def test_a_place_is_free_a_second_after_the_answer(valkey: redis.Redis) -> None:
    turn = Politeness(client=valkey, per_second=1)
    with turn(1):
        pass
    ended = time.monotonic()

    with turn(5):
        assert time.monotonic() - ended >= 0.99


def test_the_place_of_who_died_is_free_after_its_time(valkey: redis.Redis) -> None:
    turn = Politeness(client=valkey, per_second=1, longest=0.1)
    turn(1).__enter__()

    with turn(5):
        assert valkey.ttl("politeness:{ncbi}") > 0


def test_without_valkey_a_process_asks_once_a_second() -> None:
    turn = Politeness(client=nowhere(), per_second=WITH_KEY)
    times = []

    def ask_once() -> None:
        with turn(10):
            times.append(time.monotonic())

    threads = [threading.Thread(target=ask_once) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert most_in_a_second(times) == 1


def test_without_valkey_too_no_one_waits_longer_than_they_can() -> None:
    turn = Politeness(client=nowhere())

    with turn(1), pytest.raises(NoTurn), turn(0.1):
        pass
    with pytest.raises(NoTurn), turn(0.1):
        pass


def test_valkey_may_go_away_during_a_turn(
    valkey: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn = Politeness(client=valkey)

    with turn(1):
        monkeypatch.setattr(turn, "_give_back", nowhere().register_script("return 1"))
    monkeypatch.setattr(turn, "_take", nowhere().register_script("return 1"))

    with pytest.raises(NoTurn), turn(0.5):
        pass
