"""Where sentences end, and where a dot ends nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.summaries import sentences_of

CUTS: list[tuple[str, list[str] | None]] = [
    ("One. Two.", ["One.", "Two."]),
    ("Is it? It is! Yes.", ["Is it?", "It is!", "Yes."]),
    ("No end", ["No end"]),
    ("Drugs, e.g. Tamoxifen, were used. Then more.", None),
    ("It was small (i.e. Less than 5). Next.", None),
    ("Tumour vs. Normal tissue. Next.", None),
    ("See Fig. 1 and Fig. S2. Next.", None),
    ("As in ref. 12. Next.", None),
    ("Genes with p < 0.05 and FDR < .1 were kept. Next.", None),
    ("Growth of E. coli and S. Cerevisiae was slow. Next.", None),
    ("Work of J. Smith et al. (2010) was repeated. Next.", None),
    (
        "Described by Smith et al. The cells were new.",
        ["Described by Smith et al.", "The cells were new."],
    ),
    ("They got vitamin D. We saw more.", ["They got vitamin D.", "We saw more."]),
    (
        "Patients with hepatitis C. Samples were frozen.",
        ["Patients with hepatitis C.", "Samples were frozen."],
    ),
    ("Cells were grown. miR-21 was high.", ["Cells were grown.", "miR-21 was high."]),
    ("Cells were grown. p53 was lost.", ["Cells were grown.", "p53 was lost."]),
    ("It weighed approx. 5 g. Next.", None),
    ("Injected i.p. Daily doses. Next.", None),
    ("Lactobacillus sp. Strains grew. Next.", None),
    ("Sampled on day 7. Livers were frozen.", ["Sampled on day 7.", "Livers were frozen."]),
    ("1. First, cells were grown. 2. Then frozen.", None),
    ("It is 3.5 mm long. Next.", None),
    ("Held at no. 5 for long. Next.", None),
    ('He said "yes." They agreed.', ['He said "yes."', "They agreed."]),
    ("(It was so.) Then more.", ["(It was so.)", "Then more."]),
    ("A stem of cells.These were new ones.", ["A stem of cells.", "These were new ones."]),
    ("Look at www.Example.Org now. Next.", ["Look at www.Example.Org now.", "Next."]),
    ("A first line\nAnd a second line", ["A first line", "And a second line"]),
    ("A line that is\nwrapped. Next.", ["A line that is\nwrapped.", "Next."]),
    ("One paragraph\n\nanother one", ["One paragraph", "another one"]),
    ("Steps:\n- grow\n- freeze", ["Steps:", "- grow", "- freeze"]),
    ("Wait... What was it?", ["Wait...", "What was it?"]),
    ("", []),
    (" \n ", []),
]


@pytest.mark.parametrize(("text", "expected"), CUTS)
def test_a_text_is_cut_where_sentences_end(text: str, expected: list[str] | None) -> None:
    """None: all is one sentence, but for a last "Next." or "2. Then frozen."."""
    if expected is None:
        last = "2. Then frozen." if text.startswith("1.") else text.rsplit(". ", 1)[-1]
        expected = [text.removesuffix(last).strip(), last]

    assert [one.text for one in sentences_of("summary", text)] == expected


def test_a_very_long_sentence_is_cut_at_semicolons() -> None:
    part = "a group of ten mice got a dose of the drug every second day for two weeks "
    text = "; ".join([part.strip()] * 8) + "."

    pieces = [one.text for one in sentences_of("summary", text)]

    assert len(pieces) == 8
    assert all(piece in text for piece in pieces)


@given(st.text(alphabet=st.sampled_from("aZ .!?;\n\t\"')(1-•é"), max_size=400))
def test_sentences_are_parts_of_the_text_and_leave_out_only_blanks(text: str) -> None:
    pieces = [one.text for one in sentences_of("summary", text)]

    assert all(piece in text and piece == piece.strip() and piece for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


@pytest.mark.parametrize("sign", [".", "\n", " ", "a", ". a", "\n ", "!a", ";"])
def test_a_text_of_one_sign_takes_no_longer_than_others(sign: str) -> None:
    assert len(sentences_of("summary", sign * 20_000)) <= 20_000
