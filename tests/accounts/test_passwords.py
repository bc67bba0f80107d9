import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import bcrypt
import pytest
from django.contrib.auth.hashers import (
    BCryptPasswordHasher,
    BCryptSHA256PasswordHasher,
    check_password,
    make_password,
)
from django.contrib.auth.password_validation import (
    password_validators_help_texts,
    validate_password,
)
from django.core.exceptions import ValidationError

from accounts.hashers import Counter
from accounts.password_rules import Length
from common.errors import ServiceUnavailable
from tests.factories import UserFactory


@contextmanager
def taken_by_another(room: Counter) -> Iterator[None]:
    """Let another thread hold a place inside until the block ends."""
    leave, arrived = threading.Event(), threading.Event()

    def stay() -> None:
        with room.turn():
            arrived.set()
            leave.wait(5)

    other = threading.Thread(target=stay)
    other.start()
    arrived.wait(5)
    yield
    leave.set()
    other.join(5)


def test_passwords_are_hashed_with_argon2id_by_owasps_figures() -> None:
    assert make_password("seven purple otters").startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_letter_is_the_same_however_the_keyboard_composes_it() -> None:
    hashed = make_password("caf\u00e9 \ufb01ve otters")

    assert check_password("cafe\u0301 five otters", hashed)


def test_a_password_counts_whole() -> None:
    hashed = make_password("o" * 127 + "x")

    assert not check_password("o" * 127 + "y", hashed)


def test_no_more_get_in_than_there_is_room_and_no_more_wait_than_may() -> None:
    small = Counter(at_once=1, waiting=1)
    leave, arrived, served = threading.Event(), threading.Event(), []

    def stay() -> None:
        with small.turn():
            arrived.set()
            leave.wait(5)

    def wait() -> None:
        with small.turn():
            served.append("waited")

    first = threading.Thread(target=stay)
    first.start()
    arrived.wait(5)
    second = threading.Thread(target=wait)
    second.start()
    while small._queue._value:  # until the second stands in the queue
        threading.Event().wait(0.001)

    with pytest.raises(ServiceUnavailable) as refused, small.turn():
        pytest.fail("a third got in")

    assert list(refused.value.headers) == ["Retry-After"]
    assert served == []
    leave.set()
    first.join(5)
    second.join(5)
    assert served == ["waited"]


def test_a_queue_that_does_not_move_turns_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.hashers.LONGEST_WAIT_SECONDS", 0.01)
    small = Counter(at_once=1, waiting=1)

    with taken_by_another(small), pytest.raises(ServiceUnavailable), small.turn():
        pytest.fail("two got in")


def test_who_is_inside_does_not_wait_for_themselves() -> None:
    small = Counter(at_once=1, waiting=0)

    with small.turn(), small.turn():
        pass
    with taken_by_another(small), pytest.raises(ServiceUnavailable), small.turn():
        pytest.fail("the place was not given back")


def test_places_are_given_back_after_an_error() -> None:
    small = Counter(at_once=1, waiting=0)

    for _ in range(3):
        with pytest.raises(KeyError), small.turn():
            raise KeyError

    with small.turn():
        pass


def test_hashing_takes_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    full = Counter(at_once=1, waiting=0)
    monkeypatch.setattr("accounts.hashers.counter", full)

    with taken_by_another(full), pytest.raises(ServiceUnavailable):
        make_password("seven purple otters")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a thread has no priority of its own")
def test_who_hashes_gives_way_to_who_searches() -> None:
    ours = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    theirs = Counter(at_once=1, waiting=0).run(
        lambda: os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    )

    assert theirs > ours


def test_who_hashes_rests_for_a_multiple_of_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    rests: list[float] = []
    work = partial(time.sleep, 0.02)
    monkeypatch.setattr("accounts.hashers.sleep", rests.append)
    small = Counter(at_once=1, waiting=0)

    monkeypatch.setattr("accounts.hashers.LONGEST_REST_SECONDS", 60)
    small.run(work)
    small.run(lambda: None)  # not before the rest

    assert rests[0] >= 0.06


def test_a_rest_is_not_taken_for_work(monkeypatch: pytest.MonkeyPatch) -> None:
    rests: list[float] = []

    def rest(seconds: float) -> None:
        rests.append(seconds)
        time.sleep(0.2)

    monkeypatch.setattr("accounts.hashers.sleep", rest)
    small = Counter(at_once=1, waiting=0)

    for _ in range(3):
        small.run(lambda: None)

    assert rests[1] < 0.1


def test_no_rest_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    rests: list[float] = []
    work = partial(time.sleep, 0.02)
    monkeypatch.setattr("accounts.hashers.sleep", rests.append)
    monkeypatch.setattr("accounts.hashers.LONGEST_REST_SECONDS", 0.01)
    small = Counter(at_once=1, waiting=0)

    small.run(work)
    small.run(lambda: None)

    assert rests[0] == 0.01


@pytest.mark.parametrize("hasher", [BCryptPasswordHasher, BCryptSHA256PasswordHasher])
@pytest.mark.django_db
def test_a_bcrypt_hash_is_accepted_and_upgraded(hasher: type[BCryptPasswordHasher]) -> None:
    hashed = hasher().encode("seven purple otters", bcrypt.gensalt(4))
    user = UserFactory.create(password=hashed)

    assert not user.check_password("six purple otters")
    assert user.check_password("seven purple otters")

    user.refresh_from_db()
    assert user.password.startswith("argon2$argon2id$")


@pytest.mark.parametrize(
    "password", ["e\u0301" * 7, "x" * 11, "x" * 129, "\ufdfa" * 20, "password1234"]
)
def test_a_new_password_that_is_short_long_or_common_is_refused(password: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(password)


@pytest.mark.parametrize("password", ["seven otters", "\u00e9" * 12, "e\u0301" * 128])
def test_twelve_to_128_characters_are_accepted(password: str) -> None:
    validate_password(password)


def test_people_are_told_how_long_a_password_may_be() -> None:
    assert Length().get_help_text() in password_validators_help_texts()
