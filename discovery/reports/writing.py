"""A report in the format that somebody wants."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from discovery.reports import data, html, markdown, text
from discovery.reports.document import Report, Section


class Format(StrEnum):
    """How a report is written."""

    MARKDOWN = "markdown"
    HTML = "html"
    JSON = "json"
    TEXT = "text"


WRITERS: Mapping[Format, Callable[[Report], str]] = {
    Format.MARKDOWN: markdown.write,
    Format.HTML: html.write,
    Format.JSON: data.write,
    Format.TEXT: text.write,
}
# Of a report in JSON the contents of sections are plain text: their values stand beside them.
CONTENTS: Mapping[Format, Callable[[Section], str]] = {
    Format.MARKDOWN: markdown.content,
    Format.HTML: html.content,
    Format.JSON: text.content,
    Format.TEXT: text.content,
}


def write(report: Report, form: Format) -> dict[str, Any]:
    """Return the report as API.md §4 has it, its text in this format."""
    return {
        **data.report_value(report),
        "sections": [
            data.section_value(one) | {"content": CONTENTS[form](one)} for one in report.sections
        ],
        "full_report": WRITERS[form](report),
    }
