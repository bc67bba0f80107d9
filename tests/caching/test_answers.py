"""Keeping answers, over the real three levels."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
import redis
from django.conf import LazySettings
from django.db import connection, transaction
from django_redis import get_redis_connection

from caching import keys, process, services
from caching.entries import Entry
from caching.keys import Key
from caching.levels import PREFIX, LevelAway
from caching.models import SearchCache
from caching.services import Answer, Chosen, Rendered, cached, remember
from caching.services.answers import Lasting
from common.errors import ServiceUnavailable

KEY = keys.geo_query({"q": "liver"})
pytestmark = pytest.mark.django_db


class Maker:
    """Counts how often it is asked, and says so in what it makes."""

    def __init__(self, *, seconds: float = 0) -> None:
        self.times = 0
        self._seconds = seconds

    def __call__(self) -> Rendered:
        self.times += 1
        time.sleep(self._seconds)
        return Rendered(b'{"made":%d}' % self.times, ["dataset:GSE1"])


def ask(make: Callable[[], Rendered | None], key: Key = KEY, **options: Any) -> Answer:
    return remember(key, make, **options)


def in_passing(make: Maker) -> None:
    """Ask as a thread does that ends afterwards."""
    ask(make)
    connection.close()


def only(level: str) -> None:
    """Leave the answers in one level alone."""
    cache = process.here()
    if level != "l1":
        cache.memory.clear()
    if level != "l2":
        cache.shared.clear()
    if level != "l3":
        SearchCache.objects.all().delete()


def test_what_was_made_once_is_given_again() -> None:
    make = Maker()

    first, second = ask(make), ask(make)

    assert (first.level, second.level, make.times) == ("maker", "l1", 1)
    assert first.body == second.body == b'{"made":1}'


@pytest.mark.parametrize("level", ["l1", "l2", "l3"])
def test_each_level_alone_has_the_answer_byte_for_byte(level: str) -> None:
    body = '{"b": 1,  "a":"\\u0000 é", "a2":1.0}'.encode()
    ask(lambda: Rendered(body))
    only(level)

    again = ask(Maker())

    assert (again.level, again.body) == (level, body)


def test_an_error_is_raised_and_not_kept() -> None:
    def fail() -> Rendered:
        raise ServiceUnavailable

    with pytest.raises(ServiceUnavailable):
        ask(fail)

    assert ask(Maker()).level == "maker"


def test_that_there_is_nothing_is_kept_for_a_minute_at_most() -> None:
    ask(lambda: None)

    again = ask(Maker())

    assert (again.body, again.is_cached) == (None, True)
    assert 0 < process.here().shared._client().pttl(PREFIX + str(KEY)) <= 60_000
    assert not SearchCache.objects.exists()


@pytest.mark.parametrize(
    "poison",
    [b"", b"\x80\x04N.", b"0" * 24 + b" [1]\n{}", b"null", "of another key"],
)
def test_a_poisoned_second_level_is_a_miss(poison: bytes | str) -> None:
    ask(Maker())
    client = process.here().shared._client()
    raw: object = poison
    if isinstance(poison, str):
        ask(Maker(), keys.geo_query({"q": "other"}))
        raw = client.get(PREFIX + str(keys.geo_query({"q": "other"})))
    only("none")
    client.set(PREFIX + str(KEY), raw)

    again = ask(Maker())

    assert (again.level, again.body) == ("maker", b'{"made":1}')


def test_a_poisoned_second_level_of_another_type_is_a_miss() -> None:
    process.here().shared._client().lpush(PREFIX + str(KEY), "x")

    assert ask(Maker()).level == "maker"


@pytest.mark.parametrize("column", ["results", "envelope"])
def test_a_poisoned_third_level_is_a_miss(column: str) -> None:
    ask(Maker())
    only("l3")
    SearchCache.objects.update(**{column: '{"made":666}'})

    again = ask(Maker())
    only("l3")

    assert (again.level, ask(Maker()).level) == ("maker", "l3")


def test_a_stale_answer_is_given_while_another_one_is_made(
    transactional_db: None,
) -> None:
    make = Maker()
    ask(make, lasting=Lasting(fresh=0, stale=100))

    stale = ask(make, lasting=Lasting(fresh=100, stale=100))
    process.here().refreshers.shutdown(wait=True)
    renewed = ask(make)

    assert (stale.body, renewed.body, make.times) == (b'{"made":1}', b'{"made":2}', 2)


def test_a_refresh_that_fails_leaves_the_stale_answer(transactional_db: None) -> None:
    def fail() -> Rendered:
        raise ServiceUnavailable

    ask(Maker(), lasting=Lasting(fresh=0, stale=100))

    ask(fail)
    process.here().refreshers.shutdown(wait=True)

    assert process.here().levels.find(KEY, at=time.time()) is not None


def test_answers_do_not_all_end_at_the_same_time() -> None:
    for number in range(20):
        ask(Maker(), Key("geo:query", str(number)), lasting=Lasting(fresh=1000, stale=1000))
    found = [
        process.here().levels.find(Key("geo:query", str(number)), at=time.time())
        for number in range(20)
    ]

    lasts = {round(one.entry.hard - one.entry.made) for one in found if one}

    assert len(lasts) > 5
    assert all(900 <= one <= 1000 for one in lasts)


def test_many_threads_make_an_answer_once(transactional_db: None) -> None:
    make, barrier = Maker(seconds=0.2), threading.Barrier(12)
    answers: list[Answer] = []

    def run() -> None:
        barrier.wait(10)
        answers.append(ask(make))
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(12)]
    process.here()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert make.times == 1
    assert {one.body for one in answers} == {b'{"made":1}'}


def test_another_process_that_makes_it_is_waited_for(transactional_db: None) -> None:
    """Two caches in one process, as two processes have them."""
    make = Maker(seconds=0.4)
    first = process.here()
    other = threading.Thread(target=in_passing, args=(make,))
    other.start()
    while not first.flights._under_way or make.times == 0:
        time.sleep(0.01)
    process.forget()

    answer = ask(make)
    other.join()

    assert (answer.level, make.times) == ("l2", 1)


def test_a_maker_that_takes_too_long_is_not_waited_for(
    transactional_db: None, settings: LazySettings
) -> None:
    settings.CACHE_PATIENCE = 0.1
    make = Maker(seconds=0.6)
    other = threading.Thread(target=in_passing, args=(make,))
    process.here()
    other.start()
    while make.times == 0:
        time.sleep(0.01)
    process.forget()

    ask(make)
    other.join()

    assert make.times == 2


@pytest.mark.parametrize(
    "chosen",
    [
        Chosen(keys=[str(KEY)]),
        Chosen(namespace="geo:query"),
        Chosen(tag="dataset:GSE1"),
    ],
)
@pytest.mark.parametrize("level", ["l1", "l2", "l3"])
def test_what_is_invalidated_is_made_anew_whichever_level_has_it(
    chosen: Chosen, level: str
) -> None:
    ask(Maker())
    only(level)

    count = services.invalidate(chosen)

    assert ask(Maker()).level == "maker"
    assert count == (1 if level == "l3" else 0)


def test_other_answers_live_on() -> None:
    ask(Maker())

    services.invalidate(Chosen(keys=["geo:query:other"]))
    services.invalidate(Chosen(namespace="user"))
    services.invalidate(Chosen(tag="dataset:GSE2"))

    assert ask(Maker()).is_cached


def test_an_answer_that_was_begun_before_an_invalidation_is_not_kept_past_it() -> None:
    def make() -> Rendered:
        services.invalidate(Chosen(namespace="geo:query"))
        return Rendered(b'"old"')

    ask(make)

    assert ask(Maker()).body == b'{"made":1}'


def test_an_invalidation_of_a_transaction_that_fails_is_none() -> None:
    ask(Maker())

    with transaction.atomic():
        services.invalidate(Chosen(namespace="geo:query"))
        transaction.set_rollback(True)

    process.forget()
    assert ask(Maker()).is_cached


def test_clearing_all_empties_all_levels() -> None:
    ask(Maker())

    assert services.clear_all() == 1

    assert ask(Maker()).level == "maker"
    assert process.here().memory.held()[0] == 1  # the new one


def test_a_raised_version_changes_the_keys_of_what_depends_on_it() -> None:
    before = services.version("catalogue")

    services.raise_version("catalogue")

    assert services.version("catalogue") > before


def test_a_kept_function_is_asked_once_for_the_same_arguments() -> None:
    asked: list[int] = []

    @cached()
    def double(*, of: int) -> Rendered:
        asked.append(of)
        return Rendered(b"%d" % (2 * of))

    bodies = [double(of=one, viewer="").body for one in (1, 2, 1)]

    assert (bodies, asked) == ([b"2", b"4", b"2"], [1, 2])


@pytest.fixture
def lost_valkey() -> None:
    def refuse() -> redis.Redis:
        raise redis.ConnectionError

    process.here().shared._client = refuse


@pytest.mark.usefixtures("lost_valkey")
def test_without_the_second_level_the_others_answer() -> None:
    ask(Maker())
    process.here().memory.clear()

    assert ask(Maker()).level == "l3"


def test_a_second_level_that_is_full_or_read_only_stops_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Full:
        def get(self, _: str) -> None:
            return None

        def set(self, *_: object, **__: object) -> None:
            raise redis.exceptions.OutOfMemoryError

    monkeypatch.setattr(process.here().shared, "_client", Full)

    ask(Maker())

    assert ask(Maker()).level == "l1"
    assert not process.here().levels.breakers["l2"].is_open


def test_without_the_third_level_the_others_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    stored = process.here().levels.levels[2]

    def away(*_: object) -> None:
        raise LevelAway

    monkeypatch.setattr(stored, "_run", away)

    ask(Maker())
    process.here().memory.clear()

    assert ask(Maker()).level == "l2"


def test_valkey_holds_no_answer_without_an_end() -> None:
    ask(Maker())

    client = get_redis_connection("default")

    assert all(client.pttl(key) > 0 for key in client.scan_iter())


def test_who_began_earlier_does_not_replace_what_knows_of_more_in_the_third_level() -> None:
    stored = process.here().levels.levels[2]
    now = time.time()
    newer = Entry(b'"new"', now, now + 99, now + 99, seen=8)

    stored.put(KEY, newer, text="")
    stored.put(KEY, Entry(b'"old"', now, now + 99, now + 99, seen=7), text="")

    assert stored.get(str(KEY)) == newer


def test_clearing_all_gives_memory_back() -> None:
    for number in range(5):
        ask(Maker(), Key("geo:query", str(number)))

    services.clear_all()
    process.here().learn()

    assert process.here().memory.held() == (0, 0)
