import base64
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.refresh_tokens import RefreshToken, TokenInvalid

KEY = b"k" * 32
OTHER_KEY = b"o" * 32


def test_a_made_token_can_be_read() -> None:
    token = RefreshToken.first(uuid4())

    assert RefreshToken.read(token.text(key=KEY), key=KEY) == token


def test_the_successor_is_always_the_same_and_another() -> None:
    token = RefreshToken.first(uuid4())

    assert token.successor(key=KEY) == token.successor(key=KEY) != token
    assert token.successor(key=KEY).session_id == token.session_id


def test_who_has_a_token_but_not_the_key_cannot_tell_the_successor() -> None:
    token = RefreshToken.first(uuid4())

    assert token.successor(key=KEY).secret != token.successor(key=OTHER_KEY).secret


def test_a_token_made_with_another_key_is_refused() -> None:
    text = RefreshToken.first(uuid4()).text(key=OTHER_KEY)

    with pytest.raises(TokenInvalid):
        RefreshToken.read(text, key=KEY)


@given(st.text() | st.binary().map(lambda raw: raw.decode("latin-1")))
def test_no_text_breaks_the_reader(text: str) -> None:
    with pytest.raises(TokenInvalid):
        RefreshToken.read(text, key=KEY)


@given(st.binary(min_size=64, max_size=64))
def test_a_made_up_token_is_refused(raw: bytes) -> None:
    with pytest.raises(TokenInvalid):
        RefreshToken.read(base64.urlsafe_b64encode(raw).decode().rstrip("="), key=KEY)


@given(place=st.integers(0, 63), bit=st.integers(0, 7))
def test_one_changed_bit_is_refused(place: int, bit: int) -> None:
    raw = bytearray(base64.urlsafe_b64decode(RefreshToken.first(uuid4()).text(key=KEY) + "=="))
    raw[place] ^= 1 << bit

    with pytest.raises(TokenInvalid):
        RefreshToken.read(base64.urlsafe_b64encode(raw).decode().rstrip("="), key=KEY)


def test_a_token_does_not_show_itself() -> None:
    token = RefreshToken.first(uuid4())

    assert str(token.secret) not in repr(token)
