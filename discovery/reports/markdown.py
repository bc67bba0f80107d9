"""Reports as Markdown (CommonMark with tables), in which text stays text."""

import re
from collections.abc import Iterable

from discovery.reports.document import (
    Block,
    Cell,
    Chart,
    Items,
    Link,
    Paragraph,
    Report,
    Section,
    Table,
)
from discovery.reports.wording import plain

# What has a meaning anywhere in a line. References do as well for who puts the text into HTML as it is.
MEANING = {"<": "&lt;", ">": "&gt;", "&": "&amp;", "|": "&#124;"} | {
    one: f"\\{one}" for one in "\\`*_[]#~$^"
}
# What some renderers make links or pictures of: `http://…`, `//host`, `www.…`, `host.name`, `:emoji:`.
LINKED = re.compile(r":(?=\S)|/(?=/)|(?<=[wW]{3})\.|(?<=\w)\.(?=[^\W\d_])")
MENTION = re.compile(r"@(?=\S)")
# What has a meaning at the beginning of a block: a list, a rule, a definition.
BEGINNING = re.compile(r"([-+=:])|(\d{1,9})([.)])(?=\s|$)")


def escape(text: str) -> str:
    """Return Markdown that renders as this text, in one line, wherever in a block it stands.

    Addresses do not become links, also where plain ones would. An "@" before a word is written
    out, since some renderers link mail addresses and people however they are escaped.
    """
    spelled = MENTION.sub("(at)", plain(text))
    safe = LINKED.sub(r"\\\g<0>", "".join(MEANING.get(one, one) for one in spelled))
    found = BEGINNING.match(safe)
    return _escaped_beginning(found) + safe[found.end() :] if found else safe


def write(report: Report) -> str:
    parts = [f"# {escape(report.title)}", escape(report.summary)]
    parts += [section_text(one) for one in report.sections]
    return "\n\n".join(parts) + "\n"


def section_text(section: Section) -> str:
    return "\n\n".join([f"## {escape(section.title)}", content(section)])


def content(section: Section) -> str:
    """Return a section without its title."""
    return "\n\n".join(block_text(block) for block in section.blocks)


def block_text(block: Block) -> str:
    if isinstance(block, Paragraph):
        return escape(block.text)
    if isinstance(block, Items):
        return _items(block)
    if isinstance(block, Chart):
        return _table(Table(block.title, ("Series", "Samples"), _rows(block)))
    return _table(block)


def _items(block: Items) -> str:
    marks = (f"{number}." if block.is_ordered else "-" for number, _ in enumerate(block.texts, 1))
    return "\n".join(
        f"{mark} {escape(text)}" for mark, text in zip(marks, block.texts, strict=True)
    )


def _rows(chart: Chart) -> tuple[tuple[Cell, ...], ...]:
    return tuple((label, f"{value:,}") for label, value in chart.bars)


def _table(block: Table) -> str:
    lines = [_row(block.columns), _row(["---"] * len(block.columns), is_rule=True)]
    lines += [_row(row) for row in block.rows]
    return "\n".join([f"**{escape(block.title)}**", "", *lines])


def _row(cells: Iterable[Cell], *, is_rule: bool = False) -> str:
    texts = (str(cell) if is_rule else _cell(cell) for cell in cells)
    return f"| {' | '.join(texts)} |"


def _cell(cell: Cell) -> str:
    if isinstance(cell, Link):
        return f"[{escape(cell.text)}]({cell.url})"
    return escape(cell)


def _escaped_beginning(found: re.Match[str]) -> str:
    return f"\\{found[1]}" if found[1] else f"{found[2]}\\{found[3]}"
