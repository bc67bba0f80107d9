import time
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discovery.understanding import Understanding, understand

TODAY = date(2025, 6, 15)
PIECES = [
    "more than", "20", "1,000", "samples", "between", "and", "since", "2015", "after", "-", ",",
    "in the last", "years", "decades", "GPL570", "with raw data", "published", "without", "mouse",
    "human", "RNA-seq", "breast cancer", "GSE2034", "find me", "datasets about", "T-cells", "Crohn\u2019s",
    "exactly", "0", "9999999", "999", "fewer than", "or", "March", "2019-13-45", "\u0130\u017f", "≥", "(",
]  # fmt: skip
QUESTION = st.one_of(
    st.text(st.characters(exclude_characters="\0"), min_size=1, max_size=500),
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=40).map(" ".join),
).map(lambda text: text[:500])


@given(question=QUESTION, at=st.dates())
@settings(deadline=None)
def test_any_text_whatever_is_understood(question, at) -> None:
    read = understand(question, at=at)

    assert all(question[one.start : one.end] == one.text for one in read.entities)
    assert all(left.end <= right.start for left, right in pairwise(read.entities))
    assert read.topic
    assert read.search_terms
    assert 0 <= read.confidence <= 1
    assert_consistent(read)


def assert_consistent(read: Understanding) -> None:
    filters = read.filters
    if filters.min_samples is not None and filters.max_samples is not None:
        assert 0 <= filters.min_samples <= filters.max_samples
    if filters.released_after and filters.released_before:
        assert filters.released_after <= filters.released_before


@pytest.mark.parametrize(
    "piece",
    ["1 ", "2015-", "more than ", "e\u0301", "with the ", "from 2015 to ", "> 1 and ", "cell ", "((", " "],
)  # fmt: skip
def test_five_hundred_characters_are_read_at_once(piece) -> None:
    question = (piece * 500)[:500]
    understand(question, at=TODAY)
    started = time.process_time()

    understand(question, at=TODAY)

    assert time.process_time() - started < 0.1  # under 0.004 s when the machine is idle
