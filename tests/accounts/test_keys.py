import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts import keys

PEPPER = "p" * 40
AN_OLD_KEY = "oo_" + "Ab3dEf9h" + "_" + "k" * 43 + "0xsKTa"


def test_a_key_has_the_form_that_the_contract_spells_out() -> None:
    key = keys.make()

    assert re.fullmatch(r"oo_[0-9A-Za-z]{8}_[0-9A-Za-z]{43}[0-9A-Za-z]{6}", key.text)
    assert key.text[3:11] == key.prefix


def test_a_made_key_can_be_read() -> None:
    key = keys.make()

    assert keys.read(key.text) == key


@given(data=st.data())
def test_a_typo_is_refused(data: st.DataObject) -> None:
    text = keys.make().text
    place = data.draw(st.integers(0, len(text) - 1))
    wrong = data.draw(
        st.sampled_from(sorted(set(string.printable + "é\0٣") - {text[place]})),
    )

    with pytest.raises(keys.ApiKeyInvalid):
        keys.read(text[:place] + wrong + text[place + 1 :])


@given(data=st.data())
def test_a_missing_a_doubled_and_two_swapped_characters_are_refused(data: st.DataObject) -> None:
    text = keys.make().text
    place = data.draw(st.integers(0, len(text) - 2))
    before, one, two, after = text[:place], text[place], text[place + 1], text[place + 2 :]

    for wrong in {
        before + two + after,
        before + one + one + two + after,
        before + two + one + after,
    }:
        if wrong != text:
            with pytest.raises(keys.ApiKeyInvalid):
                keys.read(wrong)


@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    with pytest.raises(keys.ApiKeyInvalid):
        keys.read(text)


def test_a_key_made_long_ago_is_still_read() -> None:
    assert keys.read(AN_OLD_KEY).prefix == "Ab3dEf9h"


def test_a_hundred_thousand_keys_differ_in_name_and_secret() -> None:
    made = [keys.make() for _ in range(100_000)]

    assert len({key.prefix for key in made}) == len({key.text[12:-6] for key in made}) == len(made)


def test_every_character_is_as_likely_in_a_secret() -> None:
    text = "".join(keys.make().text[12:-6] for _ in range(5_000))

    counts = [text.count(character) for character in keys.ALPHABET]

    assert min(counts) > 0.9 * len(text) / 62
    assert max(counts) < 1.1 * len(text) / 62


def test_the_digest_depends_on_the_pepper_and_holds_nothing_of_the_key() -> None:
    key = keys.make()

    assert key.digest(pepper=PEPPER) != key.digest(pepper="q" * 40)
    assert re.fullmatch("[0-9a-f]{64}", key.digest(pepper=PEPPER))


def test_a_key_does_not_show_itself() -> None:
    key = keys.make()

    assert key.text not in repr(key)
