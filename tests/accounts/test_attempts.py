"""Counting attempts."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from accounts.models import Attempts
from accounts.services import attempts
from accounts.services.attempts import Exhausted, Limit

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
pytestmark = pytest.mark.django_db


def limit(name: str = "ada", most: int = 3) -> Limit:
    return Limit(name, attempts.subject_of(name), most)


def test_as_many_as_the_limit_are_counted_and_no_more() -> None:
    for number in range(3):
        attempts.count([limit()], at=NOON + number * MINUTE)

    with pytest.raises(Exhausted) as refused:
        attempts.count([limit()], at=NOON + 3 * MINUTE)

    assert refused.value.limit.policy == "ada"
    assert refused.value.wait == 12 * MINUTE


def test_who_waits_exactly_as_long_as_told_is_counted_and_a_moment_earlier_is_not() -> None:
    for number in range(3):
        attempts.count([limit()], at=NOON + number * MINUTE)

    with pytest.raises(Exhausted):
        attempts.count([limit()], at=NOON + 15 * MINUTE - timedelta(microseconds=1))
    attempts.count([limit()], at=NOON + 15 * MINUTE)


def test_a_refused_attempt_counts_against_no_limit() -> None:
    attempts.count([limit("small", 1)], at=NOON)

    for _ in range(5):
        with pytest.raises(Exhausted):
            attempts.count([limit("large", 2), limit("small", 1)], at=NOON)

    assert not Attempts.objects.filter(subject=attempts.subject_of("large")).exists()


def test_a_lower_limit_binds_at_once_and_its_wait_is_right() -> None:
    for number in range(3):
        attempts.count([limit(most=3)], at=NOON + number * MINUTE)

    with pytest.raises(Exhausted) as refused:
        attempts.count([limit(most=1)], at=NOON + 3 * MINUTE)

    assert refused.value.wait == 14 * MINUTE  # until the last of them has left


def test_what_was_taken_back_does_not_count() -> None:
    limits = [limit(most=1)]
    attempts.count(limits, at=NOON)

    attempts.take_back(limits, at=NOON)

    attempts.count(limits, at=NOON + MINUTE)


def test_taking_back_takes_one_of_two_at_the_same_moment() -> None:
    limits = [limit(most=2)]
    attempts.count(limits, at=NOON)
    attempts.count(limits, at=NOON)

    attempts.take_back(limits, at=NOON)

    attempts.count(limits, at=NOON)
    with pytest.raises(Exhausted):
        attempts.count(limits, at=NOON)


def test_taking_back_what_was_not_counted_changes_nothing() -> None:
    attempts.count([limit(most=1)], at=NOON)

    attempts.take_back([limit(most=1)], at=NOON + MINUTE)

    with pytest.raises(Exhausted):
        attempts.count([limit(most=1)], at=NOON + MINUTE)


def test_nothing_can_be_read_from_a_subject() -> None:
    subject = attempts.subject_of("sign-in", "ada@example.org")

    assert len(subject) == 64
    assert subject != attempts.subject_of("sign-in ada@example.org")


@given(st.lists(st.integers(0, 60), min_size=1, max_size=60), st.integers(1, 5))
@hypothesis_settings(max_examples=40)
def test_no_window_ever_holds_more_than_the_limit(minutes: list[int], most: int) -> None:
    Attempts.objects.all().delete()
    counted: list[int] = []

    for minute in sorted(minutes):
        try:
            attempts.count([limit(most=most)], at=NOON + minute * MINUTE)
        except Exhausted:
            recent = [one for one in counted if one > minute - 15]
            assert len(recent) == most  # it was refused with reason
        else:
            counted.append(minute)

    for end in counted:
        assert sum(end - 15 < one <= end for one in counted) <= most


@pytest.mark.django_db(transaction=True)
def test_of_a_hundred_at_once_exactly_as_many_as_the_limit_are_counted() -> None:
    barrier = Barrier(25)

    def one(number: int) -> bool:
        if number < 25:
            barrier.wait(20)
        try:
            attempts.count([limit("both", 10), limit("site", 50)], at=NOON)
        except Exhausted:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(25) as pool:
        counted = list(pool.map(one, range(100)))

    assert counted.count(True) == 10
