"""Reports as plain text: for mails and terminals. Only headings begin at the margin."""

from textwrap import fill

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

WIDTH = 88


def write(report: Report) -> str:
    parts = [_headed(report.title, "="), _filled(report.summary)]
    parts += [f"{_headed(one.title, '-')}\n\n{content(one)}" for one in report.sections]
    return "\n\n".join(parts) + "\n"


def content(section: Section) -> str:
    """Return a section without its title."""
    return "\n\n".join(_block(block) for block in section.blocks)


def _headed(title: str, line: str) -> str:
    shown = plain(title)
    return f"{shown}\n{line * min(len(shown), WIDTH)}"


def _block(block: Block) -> str:
    if isinstance(block, Paragraph):
        return _filled(block.text)
    if isinstance(block, Items):
        return _items(block)
    if isinstance(block, Chart):
        bars = (f"    {name}: {size:,}" for name, size in block.bars)
        return "\n".join([f"  {block.title}:", *bars])
    return _table(block)


def _items(block: Items) -> str:
    marks = [f"{number}." if block.is_ordered else "-" for number, _ in enumerate(block.texts, 1)]
    return "\n".join(_filled(one, mark) for mark, one in zip(marks, block.texts, strict=True))


def _table(block: Table) -> str:
    """Return each row as a paragraph that names its columns: cells may be long."""
    rows = [
        "\n".join(_filled(f"{name}: {_cell(cell)}", depth=4) for name, cell in pairs)
        for pairs in (zip(block.columns, row, strict=True) for row in block.rows)
    ]
    return "\n\n".join([f"  {block.title}:", *rows])


def _cell(cell: Cell) -> str:
    return f"{cell.text} ({cell.url})" if isinstance(cell, Link) else cell


def _filled(text: str, mark: str = "", *, depth: int = 2) -> str:
    begin = " " * depth + (f"{mark} " if mark else "")
    return fill(
        plain(text),
        WIDTH,
        initial_indent=begin,
        subsequent_indent=" " * len(begin),
        break_long_words=False,
        break_on_hyphens=False,
    )
