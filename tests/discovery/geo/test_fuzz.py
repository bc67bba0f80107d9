"""Any bytes whatever give a record or the one refusal."""

import contextlib
import gzip
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.geo.eutils import series_of_summary
from discovery.geo.reading import read
from discovery.geo.records import Family, Summary, Unreadable
from discovery.geo.text import CHUNK
from tests.discovery.geo.test_formats import MATRIX, MINIML, SOFT, SUMMARY

XML_ANSWERS = [
    b"<eSearchResult><Count>2</Count><IdList><Id>7</Id></IdList></eSearchResult>",
    (
        b"<eSummaryResult><DocSum><Id>1</Id><Item Name='Samples' Type='List'><Item Type='Structure'>"
        b"<Item Name='Accession'>GSM1</Item></Item></Item></DocSum></eSummaryResult>"
    ),
    (
        b"<eLinkResult><LinkSet><IdList><Id>1</Id></IdList><LinkSetDb><LinkName>a</LinkName><Link>"
        b"<Id>5</Id></Link></LinkSetDb></LinkSet></eLinkResult>"
    ),
    (
        b"<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>4</PMID><Article><ArticleTitle>"
        b"x</ArticleTitle></Article></MedlineCitation></PubmedArticle></PubmedArticleSet>"
    ),
    b"<STUDY_SET><STUDY accession='SRP1' alias='GSE5'/></STUDY_SET>",
]
SEEDS = [SOFT, MINIML, MATRIX, *XML_ANSWERS, gzip.compress(SOFT, mtime=0)]
STARTS = [
    b"",
    b"^SERIES = GSE1\n",
    b"!Series_title\t",
    b"<MINiML>",
    b"<eSummaryResult>",
    b"{",
    b"\x1f\x8b",
]
Json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "result",
                    "uids",
                    "1",
                    "esearchresult",
                    "idlist",
                    "count",
                    "linksets",
                    "ids",
                    "error",
                    "linksetdbs",
                    "links",
                    "esummaryresult",
                    "ERROR",
                    "errorlist",
                    "linkname",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def read_or_refuse(content: bytes) -> None:
    with contextlib.suppress(Unreadable):
        read(io.BytesIO(content))


@given(start=st.sampled_from(STARTS), rest=st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(start: bytes, rest: bytes) -> None:
    read_or_refuse(start + rest)


@given(
    seed=st.sampled_from(SEEDS),
    at=st.integers(0, 2000),
    drop=st.integers(0, 40),
    put=st.binary(max_size=10),
)
def test_damaged_files_are_read_or_refused(seed: bytes, at: int, drop: int, put: bytes) -> None:
    at %= len(seed)

    read_or_refuse(seed[:at] + put + seed[at + drop :])


@given(st.text(alphabet='^!=\t\n #_GSEMPL157abc"', max_size=300))
def test_text_of_the_right_letters_is_read_or_refused(text: str) -> None:
    read_or_refuse(b"^SERIES = GSE1\n" + text.encode())
    read_or_refuse(b"!Series_title\n" + text.encode())


@given(st.dictionaries(st.sampled_from(["result", "esearchresult", "linksets"]), Json))
def test_any_json_is_read_or_refused(raw: dict[str, object]) -> None:
    read_or_refuse(json.dumps(raw).encode())


@given(st.sampled_from(sorted(SUMMARY)), Json)
def test_any_summary_is_a_series_or_refused(name: str, value: object) -> None:
    with contextlib.suppress(Unreadable):
        series_of_summary(Summary("1", SUMMARY | {name: value}))


@pytest.mark.parametrize("length", [20_000, 200_000])
def test_no_byte_is_read_twice(length: int) -> None:
    class Counting(io.BytesIO):
        reads = 0

        def read(self, size=-1):
            Counting.reads += 1
            return super().read(size)

    content = SOFT + b"!Series_relation = SubSeries of: GSE9\n" * length

    family = read(Counting(content))

    assert isinstance(family, Family)
    assert 0 < Counting.reads <= len(content) / CHUNK + 3
