"""Reports in four formats. Records are hostile: their text is never anything but text."""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from html import unescape
from html.parser import HTMLParser
from typing import Any

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some
from markdown_it import MarkdownIt

from discovery.reports import Asked, Format, Kind, Series, compose, html, write
from discovery.reports.document import Chart, Items, Link, Paragraph, Section, Table
from discovery.reports.markdown import MENTION, block_text, escape
from discovery.reports.wording import plain
from tests.discovery.reports.made import THREE, TODAY, TUMOURS, verdict

COMMONMARK = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[click](javascript:alert(1))",
    "![](http://evil.example/?q=1)",
    "see https://evil.example/x or www.evil.example or evil.example",
    "# A heading\n\n## Another",
    "a | b\n--- | ---\nc | d",
    "|--|--|",
    "</td></tr></table><h1>Free</h1>",
    "- a list\n1. another",
    "1. one",
    "```\ncode\n```",
    "> quoted",
    "Title\n=====",
    "---",
    "***",
    "~~gone~~ **bold** _slanted_ `code`",
    "[ref]\n\n[ref]: https://evil.example",
    "<https://evil.example>",
    "<!-- hidden -->",
    "&lt;script&gt; &amp; &#60;b&#62;",
    "mail me@evil.example, @everyone",
    "ends with a backslash \\",
    "\\| \\\\| \\",
    "\u202egnol ti sekam\u2066",
    "line\u2028separator\u2029and\x85more\x0b",
    "\x1b[31mred\x00",
    "]]> <![CDATA[ x ]]>",
    "$x^2$ ![[wiki]] [^1] :smile: xmpp:a@b //host/path",
    '" onmouseover="x',
]
some_text = some.text(max_size=60) | some.text(
    alphabet="ab1 .-+=_*`~#|[]()<>!&\\:/@$^\"'\n\t{}", max_size=40
)


class Shape(HTMLParser):
    """What HTML consists of besides text: tags in their order, links, and the text by itself."""

    def __init__(self, document: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.links: list[str] = []
        self.attributes: set[str] = set()
        self.others: list[str] = []
        self.text = ""
        self.feed(document)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {f"{tag}.{name}" for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]

    def handle_endtag(self, tag: str) -> None:
        self.tags.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        self.others.append(data)

    def handle_decl(self, decl: str) -> None:
        self.others.append(decl)

    def unknown_decl(self, data: str) -> None:
        self.others.append(data)

    def handle_pi(self, data: str) -> None:
        self.others.append(data)


def spelled(text: str) -> str:
    """Return what people are to read."""
    return MENTION.sub("(at)", plain(text))


def each_hostile(test: Callable[..., None]) -> Callable[..., None]:
    for one in HOSTILE:
        test = example(text=one)(test)
    return test


def poisoned(text: str) -> list[Series]:
    """Return series of which each field that a record fills says this."""
    bad = verdict(0.3, TUMOURS.verdict.level) if TUMOURS.verdict else None
    fields: dict[str, Any] = {
        "title": text,
        "summary": text,
        "overall_design": text,
        "organisms": (text,),
        "study_types": (text,),
        "file_types": (text,),
        "pubmed_ids": (text,),
        "bioproject": text,
        "sra": text,
        "reasons": (text,),
        "relevance": 0.5,
        "verdict": replace(bad, strengths=[text], issues=[text]) if bad else None,
    }
    return [replace(one, **fields) for one in THREE]


def written(text: str, kind: Kind, form: Format, question: str = "") -> str:
    report = compose(poisoned(text), Asked(kind, question), at=TODAY)
    return str(write(report, form)["full_report"])


@cache
def benign_text(kind: Kind, form: Format, question: str = "") -> str:
    return written("word", kind, form, question)


@settings(max_examples=50)
@pytest.mark.parametrize("place", ["{}", "- {}", "1. {}", "# {}", "**x** {}"])
@given(text=some_text)
@each_hostile
def test_escaped_text_renders_as_itself_wherever_it_stands(place: str, text: str) -> None:
    """`place` is what our own Markdown has in front."""
    shape = Shape(COMMONMARK.render(place.format(escape(text))))
    benign = Shape(COMMONMARK.render(place.format("word")))

    assert shape.tags == benign.tags or not spelled(text).strip()
    assert shape.text.strip() == benign.text.replace("word", spelled(text)).strip()
    assert (shape.links, shape.others) == ([], [])


@given(some.lists(some.lists(some_text, min_size=2, max_size=2), min_size=1, max_size=4))
@example([["a|b", "\\|"], ["|", "\\\\"]])
def test_a_table_keeps_its_cells_whatever_is_in_them(rows: list[list[str]]) -> None:
    table = Table("A table", ("One", "Two"), tuple(tuple(row) for row in rows))

    rendered = COMMONMARK.render(block_text(table))

    cells = re.findall(r"<td>(.*?)</td>", rendered, re.DOTALL)
    wanted = [spelled(cell).strip() for row in rows for cell in row]
    assert [unescape(cell).strip() for cell in cells] == wanted
    assert rendered.count("<tr>") == len(rows) + 1


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_record_changes_no_tag_of_the_html(text: str, kind: Kind) -> None:
    shape = Shape(written(text, kind, Format.HTML, question=text))
    benign = Shape(benign_text(kind, Format.HTML, question="word"))

    assert shape.tags == benign.tags
    assert shape.links == benign.links
    assert shape.attributes == benign.attributes
    assert shape.others == []


@settings(max_examples=50)
@given(some_text.filter(lambda text: bool(plain(text))))
def test_no_record_changes_a_tag_of_the_html(text: str) -> None:
    shape = Shape(written(text, Kind.COMPREHENSIVE, Format.HTML))

    assert shape.tags == Shape(benign_text(Kind.COMPREHENSIVE, Format.HTML)).tags
    assert all(link.startswith("https://www.ncbi.nlm.nih.gov/geo/") for link in shape.links)


@pytest.mark.parametrize("kind", [Kind.COMPREHENSIVE, Kind.EXECUTIVE])
@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_record_changes_nothing_of_the_markdowns_structure(text: str, kind: Kind) -> None:
    shape = Shape(COMMONMARK.render(written(text, kind, Format.MARKDOWN, question=text)))
    benign = Shape(COMMONMARK.render(benign_text(kind, Format.MARKDOWN, question="word")))

    assert (shape.tags, shape.links, shape.others) == (benign.tags, benign.links, [])


@given(some_text)
@example("see https://evil.example/x or www.evil.example or evil.example //evil.example")
@example("WWW.evil.example http://a.b ftp://a.b")
def test_what_renderers_make_links_of_by_themselves_is_broken_up(text: str) -> None:
    made = escape(text)

    assert "://" not in made
    assert not re.search(r"www\.", made, re.IGNORECASE)
    assert not re.search(r"(?<=\w)\.[a-z]", made)
    assert not re.search(r"@\w", made)


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("[^1] $x$ [[wiki]]", r"\[\^1\] \$x\$ \[\[wiki\]\]"),
        ("+ a", r"\+ a"),
        ("- a", r"\- a"),
        (": a", r"\: a"),
        ("= a", r"\= a"),
        ("1. a", r"1\. a"),
        ("1) a", r"1\) a"),
        ("0.72 and 3.2 kb", "0.72 and 3.2 kb"),
        ("http://a.b", r"http\:\//a\.b"),
        ("//localhost", r"\//localhost"),
        ("www.1", r"www\.1"),
        (":smile:", r"\:smile:"),
        ("a <b> & c|d", "a &lt;b&gt; &amp; c&#124;d"),
        ("a@b.c @all @ 37 °C", r"a(at)b\.c (at)all @ 37 °C"),
    ],
)
def test_what_means_something_to_any_renderer_is_escaped(text: str, escaped: str) -> None:
    assert escape(text) == escaped


@pytest.mark.parametrize("text", HOSTILE)
def test_in_plain_text_only_headings_begin_at_the_margin(text: str) -> None:
    lines = written(text, Kind.COMPREHENSIVE, Format.TEXT).splitlines()
    benign = benign_text(Kind.COMPREHENSIVE, Format.TEXT).splitlines()

    at_margin = [line for line in lines if line[:1].strip()]
    assert at_margin == [line for line in benign if line[:1].strip()]
    assert not [one for one in "".join(lines) if ord(one) < 32 or one in "\u202e\u2066\u2028"]


@pytest.mark.parametrize("kind", Kind)
def test_the_json_says_what_the_answer_says(kind: Kind) -> None:
    answer = write(compose(THREE, Asked(kind), at=TODAY), Format.JSON)

    document = orjson.loads(answer["full_report"])
    assert document["key_insights"] == answer["key_insights"]
    assert document["datasets_included"] == ["GSE1", "GSE2", "GSE3"]
    assert [one["title"] for one in document["sections"]] == [
        one["title"] for one in answer["sections"]
    ]


@pytest.mark.parametrize("form", Format)
def test_a_sections_content_stands_in_the_report(form: Format) -> None:
    answer = write(compose(THREE, Asked(Kind.TECHNICAL), at=TODAY), form)

    if form is not Format.JSON:
        assert all(one["content"] in answer["full_report"] for one in answer["sections"])
    assert all(one["content"] for one in answer["sections"])


def test_the_chart_is_told_to_who_does_not_see_it() -> None:
    document = written("word", Kind.BRIEF, Format.HTML)

    assert '<svg xmlns="http://www.w3.org/2000/svg" role="img"' in document
    assert 'aria-labelledby="chart-title chart-description"' in document
    assert '<title id="chart-title">Samples in each series</title>' in document
    assert (
        '<desc id="chart-description">A bar for each series: the largest, GSE1, has 80 samples, the'
        " smallest drawn, GSE3, 3.</desc>"
    ) in document
    assert "<script" not in document
    assert "style=" not in document


def test_a_charts_bars_are_as_long_as_what_they_stand_for() -> None:
    chart = Chart("Sizes", "Two bars.", (("GSE1", 100), ("GSE2", 25), ("GSE<3>", 0)))

    drawn = write_block(chart)

    assert re.findall(r'<rect [^>]*width="(\d+)"', drawn) == ["300", "75", "1"]
    assert "GSE&lt;3&gt;" in drawn


def write_block(block: Any) -> str:
    return html.content(Section("A section", (block,)))


def test_links_are_only_ours() -> None:
    table = Table("T", ("A",), ((Link("GSE1", "https://www.ncbi.nlm.nih.gov/x"),),))

    document = write_block(table)

    assert 'href="https://www.ncbi.nlm.nih.gov/x"' in document
    assert 'rel="noopener noreferrer nofollow"' in document


def test_a_link_of_another_kind_is_taken_out() -> None:
    """Should one ever be made by mistake."""
    table = Table("T", ("A",), ((Link("GSE1", "javascript:alert(1)"),),))

    assert "href" not in write_block(table)


def test_an_ordered_list_is_numbered() -> None:
    items = Items(("one", "two"), is_ordered=True)

    assert block_text(items) == "1. one\n2. two"
    assert write_block(items).startswith("<ol>")


def test_ordinary_text_is_not_cluttered() -> None:
    text = "IL-6 in CD8+ T cells (p = 0.05), 12.5 % of 3.2 kb; Homo sapiens: liver"

    assert block_text(Paragraph(text)) == text
