"""Reports as HTML: the Markdown, rendered and sanitised, with the chart drawn."""

import nh3
from markdown_it import MarkdownIt

from discovery.reports import charts, markdown
from discovery.reports.document import Block, Chart, Report, Section

TAGS = {
    "a",
    "h1",
    "h2",
    "li",
    "ol",
    "p",
    "strong",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "ul",
}
ATTRIBUTES = {"a": {"href"}}

_renderer = MarkdownIt("commonmark", {"html": False}).enable("table")


def write(report: Report) -> str:
    head = f"# {markdown.escape(report.title)}\n\n{markdown.escape(report.summary)}"
    parts = [_rendered(head)]
    for section in report.sections:
        parts.append(_rendered(f"## {markdown.escape(section.title)}"))
        parts.append(content(section))
    return f'<article class="report">\n{"".join(parts)}</article>\n'


def content(section: Section) -> str:
    """Return a section without its title."""
    return "".join(_block(block) for block in section.blocks)


def _block(block: Block) -> str:
    if isinstance(block, Chart):
        return charts.draw(block)
    return _rendered(markdown.block_text(block))


def _rendered(text: str) -> str:
    return nh3.clean(
        _renderer.render(text),
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes={"https"},
        link_rel="noopener noreferrer nofollow",
    )
