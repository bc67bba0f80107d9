"""The arithmetic, without any server."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quotas.limits import DAY, HOUR, Counts, Decision, Level, Rule, Window, headers_of

NOON = 1_764_000_000_000  # the first millisecond of an hour, in milliseconds
TINY = Window("tiny", "t", 2, 4)
LONGER = Window("longer", "l", 6, 6)
FREE = (Rule(HOUR, 100), Rule(DAY, 1000))


def level(window: Window = HOUR, *, limit: int | None = 100, used: int = 1, wait: int = 0) -> Level:
    return Level(window, limit, used, NOON + 1_234_000, wait)


def test_the_limit_is_let_in_and_not_one_more() -> None:
    counts = Counts()

    admitted = [counts.take([Rule(HOUR, 3)], cost=1, at_ms=NOON).is_allowed for _ in range(5)]

    assert admitted == [True, True, True, False, False]


def test_a_refused_call_counts_in_no_window() -> None:
    counts = Counts()
    rules = [Rule(HOUR, 1), Rule(DAY, 10)]
    counts.take(rules, cost=1, at_ms=NOON)

    refused = counts.take(rules, cost=1, at_ms=NOON)

    assert not refused.is_allowed
    assert [one.used for one in refused.levels] == [1, 1]


def test_many_count_together_or_not_at_all() -> None:
    counts = Counts()
    counts.take([Rule(HOUR, 10)], cost=7, at_ms=NOON)

    assert not counts.take([Rule(HOUR, 10)], cost=4, at_ms=NOON).is_allowed
    assert counts.take([Rule(HOUR, 10)], cost=3, at_ms=NOON).is_allowed


def test_a_look_counts_nothing_and_is_never_refused() -> None:
    counts = Counts()
    counts.take([Rule(HOUR, 5)], cost=5, at_ms=NOON)

    looked = counts.take([Rule(HOUR, 2)], cost=0, at_ms=NOON)

    assert looked.is_allowed
    assert (looked.levels[0].used, looked.levels[0].remaining) == (5, 0)


def test_what_can_never_fit_is_told_to_wait_for_a_whole_window() -> None:
    assert Counts().take([Rule(HOUR, 3)], cost=4, at_ms=NOON).retry_after == 3600


@given(
    gaps=st.lists(st.integers(0, 1500), min_size=1, max_size=200),
    limits=st.tuples(st.integers(1, 20), st.integers(1, 40)),
)
def test_no_interval_ever_holds_more_than_its_limit(
    gaps: list[int], limits: tuple[int, int]
) -> None:
    counts, at, admitted = Counts(), NOON, []
    rules = [Rule(TINY, limits[0]), Rule(LONGER, limits[1])]

    for gap in gaps:
        at += gap
        if counts.take(rules, cost=1, at_ms=at).is_allowed:
            admitted.append(at)

    for rule in rules:
        for end in admitted:
            start = end - rule.window.seconds * 1000
            assert sum(start < one <= end for one in admitted) <= (rule.limit or 0)


@given(
    gaps=st.lists(st.integers(0, 1500), min_size=1, max_size=100),
    limits=st.tuples(st.integers(1, 10), st.integers(1, 20)),
)
def test_who_waits_as_told_is_served_and_not_a_second_earlier(
    gaps: list[int], limits: tuple[int, int]
) -> None:
    rules = [Rule(TINY, limits[0]), Rule(LONGER, limits[1])]
    counts, at, history = Counts(), NOON, []

    for gap in gaps:
        at += gap
        decision = counts.take(rules, cost=1, at_ms=at)
        if decision.is_allowed:
            history.append(at)
            continue
        early = at + (decision.retry_after - 1) * 1000
        assert not _again(history, rules).take(rules, cost=1, at_ms=early).is_allowed
        at += decision.retry_after * 1000
        assert counts.take(rules, cost=1, at_ms=at).is_allowed
        history.append(at)


def _again(history: list[int], rules: list[Rule]) -> Counts:
    counts = Counts()
    for moment in history:
        counts.take(rules, cost=1, at_ms=moment)
    return counts


def test_a_request_waits_at_most_a_bucket_longer_than_its_due() -> None:
    counts = Counts()
    counts.take([Rule(HOUR, 1)], cost=1, at_ms=NOON)

    refused = counts.take([Rule(HOUR, 1)], cost=1, at_ms=NOON + 1)

    assert 3600 <= refused.retry_after <= 3600 + 60


def test_a_clock_that_is_set_back_gives_nothing_away() -> None:
    counts = Counts()
    counts.take([Rule(HOUR, 1)], cost=1, at_ms=NOON)

    assert not counts.take([Rule(HOUR, 1)], cost=1, at_ms=NOON - 7_200_000).is_allowed


def test_headers_are_those_of_the_contract() -> None:
    decision = Decision(NOON, (level(), level(DAY, limit=1000)))

    assert headers_of(decision) == {
        "X-RateLimit-Limit": "100",
        "X-RateLimit-Remaining": "99",
        "X-RateLimit-Reset": str(NOON // 1000 + 1234),
        "RateLimit-Policy": '"hour";q=100;w=3600, "day";q=1000;w=86400',
        "RateLimit": '"hour";r=99;t=1234',
    }


def test_the_window_with_least_left_is_the_tightest() -> None:
    decision = Decision(NOON, (level(), level(DAY, limit=1000, used=950)))

    assert headers_of(decision)["RateLimit"] == '"day";r=50;t=1234'


def test_a_refusal_names_the_window_that_takes_longest_and_how_long() -> None:
    decision = Decision(NOON, (level(used=100, wait=1), level(DAY, limit=1000, wait=61_001)))

    headers = headers_of(decision)

    assert headers["Retry-After"] == "62"
    assert headers["RateLimit"].startswith('"day"')


def test_unlimited_callers_are_told_of_no_limit_only_of_their_usage() -> None:
    decision = Decision(NOON, (level(limit=None), level(DAY, limit=None, used=12)))

    assert headers_of(decision) == {"X-Usage-Hour": "1", "X-Usage-Day": "12"}


def test_only_windows_with_a_limit_are_in_the_policy() -> None:
    decision = Decision(NOON, (level(limit=None), level(DAY, limit=1000)))

    assert headers_of(decision)["RateLimit-Policy"] == '"day";q=1000;w=86400'


def test_who_has_used_nothing_has_nothing_to_come_back() -> None:
    looked = Counts().take(FREE, cost=0, at_ms=NOON)

    assert looked.levels[0].reset_ms is None
    assert headers_of(looked)["RateLimit"] == '"hour";r=100;t=0'


def test_a_window_whose_buckets_would_be_shorter_together_is_none() -> None:
    with pytest.raises(ValueError, match="whole milliseconds"):
        Window("two", "t", 2, 60)
