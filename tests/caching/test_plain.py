"""The plain parts: envelopes, the ledger of invalidations, levels, keys."""

import threading
import time
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caching import entries, keys, ledger
from caching.entries import Damaged, Entry
from caching.flights import Flights
from caching.keys import Key
from caching.ledger import Ledger
from caching.levels import Level, LevelAway, LevelFailed, Levels, Memory

KEY = Key("geo:query", "abc")
NOW = 1_000.0


def entry(body: bytes = b"{}", **changed: Any) -> Entry:
    usual = {"made": NOW, "soft": NOW + 10, "hard": NOW + 100, "seen": 0, "tags": ("t",)}
    return Entry(body, **(usual | changed))


class Broken(Level):
    """A level that fails in one way, until it is mended."""

    name = "l2"
    ttl = 10.0

    def __init__(self, error: Exception) -> None:
        self.error: Exception | None = error
        self.asked = 0

    def _fail(self) -> None:
        self.asked += 1
        if self.error:
            raise self.error

    def get(self, key: str) -> Entry | None:
        self._fail()
        return None

    def put(self, key: Key, entry: Entry, *, text: str = "") -> None:
        self._fail()

    def forget(self, keys: Iterable[str]) -> None:
        self._fail()

    def clear(self) -> None:
        self._fail()

    def ping(self) -> None:
        self._fail()


def levels(*of: Level, book: Ledger | None = None) -> Levels:
    return Levels(of, lets_live=(book or Ledger()).lets_live)


def memory(max_bytes: int = 10_000, **options: Any) -> Memory:
    return Memory(max_bytes=max_bytes, ttl=60, **options)


@given(st.binary(), st.lists(st.text(max_size=20), max_size=4), st.integers(0, 2**60))
def test_an_entry_comes_back_as_it_was(body: bytes, tags: list[str], seen: int) -> None:
    tags = [one for one in tags if one.isprintable()]
    given_ = entry(body, tags=tuple(tags), seen=seen)

    assert entries.decode("k", entries.encode("k", given_)) == given_


@given(st.data())
def test_an_entry_that_was_changed_or_cut_is_damaged(data: st.DataObject) -> None:
    raw = entries.encode("k", entry(b'{"a": 1}'))
    place = data.draw(st.integers(0, len(raw) - 1))
    changed = raw[:place] + data.draw(st.sampled_from([b"", bytes([raw[place] ^ 1])]))

    with pytest.raises(Damaged):
        entries.decode("k", changed)


@pytest.mark.parametrize("raw", [b"", b"\n", b"null", b"\x80\x04N.", b" \n", "☃\n".encode()])
def test_what_is_no_entry_is_damaged(raw: bytes) -> None:
    with pytest.raises(Damaged):
        entries.decode("k", raw)


def test_an_entry_of_another_key_is_damaged() -> None:
    with pytest.raises(Damaged):
        entries.decode("mine", entries.encode("yours", entry()))


def test_an_entry_of_another_version_is_damaged(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = entries.encode("k", entry())
    monkeypatch.setattr(entries, "VERSION", entries.VERSION + 1)

    with pytest.raises(Damaged):
        entries.decode("k", raw)


@pytest.mark.parametrize(
    "scope",
    [
        ledger.EVERYTHING,
        ledger.of_key(str(KEY)),
        ledger.of_namespace("geo:query"),
        ledger.of_tag("t"),
    ],
)
def test_an_entry_dies_with_whatever_it_lies_in(scope: str) -> None:
    book = Ledger()
    book.learn([(scope, 7)])

    assert [book.lets_live(KEY, entry(seen=seen)) for seen in (6, 7)] == [False, True]


def test_an_entry_lives_on_when_another_one_dies() -> None:
    book = Ledger()
    book.learn([(ledger.of_key("geo:query:other"), 7), (ledger.of_tag("u"), 8)])

    assert book.lets_live(KEY, entry(seen=6))


def test_what_one_person_clears_ends_for_them_alone() -> None:
    book = Ledger()
    book.learn([(ledger.of_viewer("ada", ledger.EVERYTHING), 7)])

    assert [book.lets_live(KEY, entry(seen=6), who) for who in ("ada", "bob", "")] == [
        False,
        True,
        True,
    ]


def test_a_version_is_the_number_of_its_last_change() -> None:
    book = Ledger()
    book.learn([(ledger.of_version("v"), 3), (ledger.of_version("v"), 9), ("all", 10)])

    assert (book.version("v"), book.version("w"), book.head) == (9, 0, 10)


def test_memory_stays_within_its_bytes_and_lets_the_longest_unasked_go() -> None:
    gone: list[str] = []
    kept = memory(3 * entry(b"x" * 500).size, on_eviction=gone.append)
    for name in "abc":
        kept.put(Key("n", name), entry(b"x" * 500))
    kept.get("n:a")

    kept.put(Key("n", "d"), entry(b"x" * 500))

    assert gone == ["n:b"]
    assert kept.held() == (3, 3 * entry(b"x" * 500).size)


def test_what_is_larger_than_all_memory_is_not_kept() -> None:
    kept = memory(100)

    kept.put(KEY, entry(b"x" * 500))

    assert kept.held() == (0, 0)


def test_memory_forgets_after_its_time() -> None:
    now = [0.0]
    kept = memory(clock=lambda: now[0])
    kept.put(KEY, entry())

    now[0] = 61

    assert (kept.get(str(KEY)), kept.held()) == (None, (0, 0))


def test_what_a_later_level_had_is_put_into_those_before() -> None:
    first, second = memory(), memory()
    second.put(KEY, entry())

    levels(first, second).find(KEY, at=NOW)

    assert first.get(str(KEY)) == entry()


def test_an_entry_is_not_found_past_its_time() -> None:
    kept = memory()
    kept.put(KEY, entry())

    assert [bool(levels(kept).find(KEY, at=at)) for at in (NOW + 99, NOW + 100)] == [True, False]


def test_a_brief_entry_is_not_worth_the_last_level() -> None:
    first, last = memory(), memory()

    levels(first, last).keep(KEY, entry(hard=NOW + 60))

    assert (first.held()[0], last.held()[0]) == (1, 0)


def test_a_level_that_is_away_is_asked_once_until_it_is_back() -> None:
    away = Broken(LevelAway())
    all_ = levels(memory(), away)
    for _ in range(3):
        all_.find(KEY, at=NOW)
    asked_while_away = away.asked
    all_.probe()
    away.error = None
    all_.probe()

    all_.find(KEY, at=NOW)

    assert (asked_while_away, away.asked) == (1, 4)


def test_a_level_that_refuses_is_asked_again() -> None:
    full = Broken(LevelFailed())
    all_ = levels(memory(), full)

    all_.keep(KEY, entry())
    found = all_.find(KEY, at=NOW)
    all_.keep(KEY, entry())

    assert (found is not None, full.asked) == (True, 2)


def test_a_damaged_entry_is_a_miss_and_counted() -> None:
    bad = Broken(Damaged("k"))
    all_ = levels(memory(), bad)

    assert all_.find(KEY, at=NOW) is None
    assert all_.tally.take()["l2", "geo:query", "damaged"] == 1


def test_the_tally_tells_hits_misses_and_ages() -> None:
    kept = memory()
    all_ = levels(kept)
    all_.find(KEY, at=NOW)
    kept.put(KEY, entry())
    all_.find(KEY, at=NOW + 5)

    counts = all_.tally.take()

    assert counts == {
        ("l1", "geo:query", "misses"): 1,
        ("l1", "geo:query", "hits"): 1,
        ("l1", "geo:query", "age"): 5,
    }
    assert not all_.tally.take()


def test_of_threads_that_want_the_same_one_does_it() -> None:
    flights: Flights[int] = Flights()
    barrier, done, made = threading.Barrier(8), threading.Event(), []
    results: list[int] = []

    def make() -> int:
        done.wait(5)
        made.append(1)
        return 42

    def want() -> None:
        barrier.wait(5)
        results.append(flights.once("k", make))

    threads = [threading.Thread(target=want) for _ in range(8)]
    for thread in threads:
        thread.start()
    time.sleep(0.3)  # for all to come while one is at it
    done.set()
    for thread in threads:
        thread.join()

    assert results == [42] * 8
    assert made == [1]


def test_an_error_reaches_all_who_waited_and_the_next_one_tries_again() -> None:
    flights: Flights[int] = Flights()

    with pytest.raises(ZeroDivisionError):
        flights.once("k", lambda: 1 // 0)

    assert flights.once("k", lambda: 3) == 3


@pytest.mark.parametrize("text", ["geo:query:abc", "api:response:a:b", "user:7", "ai:summary:GSE1"])
def test_a_key_is_read_as_it_is_spelled(text: str) -> None:
    assert str(keys.parse(text)) == text


@pytest.mark.parametrize("text", ["", "geo:query:", "geo", "secret:1", "user"])
def test_what_is_no_key_is_none(text: str) -> None:
    assert keys.parse(text) is None


def test_parameters_have_one_key_whatever_their_order() -> None:
    assert keys.geo_query({"a": 1, "b": 2}) == keys.geo_query({"b": 2, "a": 1})
