import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.serializers import ValidationError

from common.error_kinds import KINDS
from common.errors import OracleError, TooManyRequests, whole_seconds
from common.text import PlainText, UnusableText, tidy


def test_text_is_tidied() -> None:
    assert tidy("  Caf\u0065\u0301\r\nau lait\t") == "Café\nau lait"


@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "a\x1bb", "\x7f", "\x85"])
def test_characters_that_are_no_text_are_refused(text: str) -> None:
    with pytest.raises(UnusableText):
        tidy(text)


@given(st.text())
def test_tidy_text_is_normal_and_stays_as_it_is(text: str) -> None:
    try:
        once = tidy(text)
    except UnusableText:
        return

    assert unicodedata.is_normalized("NFC", once)
    assert tidy(once) == once


def test_length_is_counted_after_tidying() -> None:
    assert PlainText(max_length=4).run_validation(" Cafe\u0301 ") == "Café"


@pytest.mark.parametrize("value", ["abcde", "a" * 1000, 7, True, None, ["a"], {}, "a\x00"])
def test_what_is_no_short_text_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        PlainText(max_length=4).run_validation(value)


@pytest.mark.parametrize("code", KINDS)
def test_every_code_has_a_status_a_title_and_advice(code: str) -> None:
    error = OracleError.of(code)

    assert 400 <= error.status < 600
    assert error.title
    assert error.detail.endswith(".")


def test_waiting_times_are_whole_seconds_and_never_none() -> None:
    assert [whole_seconds(one) for one in (0, 0.2, 1.0, 1.1)] == ["1", "1", "1", "2"]


def test_a_limit_says_when_and_which() -> None:
    error = TooManyRequests(retry_after=2.5, policy="hour")

    assert error.headers == {"Retry-After": "3"}
    assert error.extra == {"retry_after": 3, "policy": "hour"}
