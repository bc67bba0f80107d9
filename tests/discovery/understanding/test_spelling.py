import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.understanding.matching import find_entities
from discovery.understanding.spelling import distance, doubtful, nearest

WORDS = [("asthma", 9), ("aspirin", 5), ("hippocampus", 3), ("campus", 1)]


@pytest.mark.parametrize(
    ("one", "other", "errors"),
    [
        ("asthma", "asthma", 0),
        ("astma", "asthma", 1),
        ("ashtma", "asthma", 1),
        ("asthmaa", "asthma", 1),
        ("azthma", "asthma", 1),
        ("", "abc", 3),
        ("hipocampis", "hippocampus", 2),
    ],
)
def test_errors_are_counted(one: str, other: str, errors: int) -> None:
    assert distance(one, other) == distance(other, one) == errors


@given(st.text("abc", max_size=8), st.text("abc", max_size=8))
def test_the_distance_is_bounded_and_zero_only_between_equals(one: str, other: str) -> None:
    errors = distance(one, other)

    assert abs(len(one) - len(other)) <= errors <= max(len(one), len(other))
    assert (errors == 0) == (one == other)


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("astma", "asthma"),
        ("azzma", None),
        ("hipocampis", "hippocampus"),
        ("hipcampis", None),
        ("zzzzz", None),
    ],
)
def test_the_nearest_word_is_meant_if_it_is_near(asked: str, meant: str | None) -> None:
    assert nearest(asked, WORDS) == meant


def test_of_words_equally_near_the_frequent_one_is_meant() -> None:
    assert nearest("liverx", [("livera", 1), ("liver", 2), ("liverb", 3)]) == "liverb"


def test_names_filler_short_words_numbers_and_capitals_are_not_doubted() -> None:
    question = "please regarding astma in liver of ABCDEFG T2DXX foo"

    assert [one.raw for one in doubtful(question, find_entities(question))] == ["astma"]
