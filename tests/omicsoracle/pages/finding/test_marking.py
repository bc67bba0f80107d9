"""Words that were asked for, in the texts of records."""

import pytest

from omicsoracle.pages.marking import EXCERPT, Marker


@pytest.mark.parametrize(
    ("terms", "text", "marked"),
    [
        (["breast cancer"], "Breast cancers", "<mark>Breast cancers</mark>"),
        (["cancer"], "cancer of the breast", "<mark>cancer</mark> of the breast"),
        (["tumours"], "a tumour", "a <mark>tumour</mark>"),
        (["cell"], "cellular cells", "cellular <mark>cells</mark>"),
        (["RNA-seq", "T2"], "T2 RNA sequence, T", "<mark>T2 RNA</mark> sequence, T"),
        (["and", "b"], "a and <b>", "a and &lt;b&gt;"),
        (["script"], "<script>", "&lt;<mark>script</mark>&gt;"),
        ([], "<i>", "&lt;i&gt;"),
    ],
)
def test_words_are_marked_in_escaped_text(terms: list[str], text: str, marked: str) -> None:
    assert Marker(terms).marked(text) == marked


def test_an_excerpt_begins_before_the_first_word_that_was_asked_for() -> None:
    text = "word " * 200 + "cancer " + "word " * 200

    excerpt = Marker(["cancer"]).excerpt(text)

    assert "cancer" in excerpt
    assert excerpt.startswith("… word")
    assert excerpt.endswith("word …")
    assert len(excerpt) <= EXCERPT + 4
    assert Marker(["cancer"]).excerpt("short text") == "short text"
