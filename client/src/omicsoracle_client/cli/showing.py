"""What stands in the terminal: tables for people, JSON for programs, and no text that commands it.

Titles of GEO records are written by strangers. Their control characters, and those that turn the
direction of writing, are shown as marks: a terminal would obey them.
"""

import json
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

MARK = "\N{REPLACEMENT CHARACTER}"
# Controls of both kinds, marks that turn the direction, and lone surrogates.
COMMANDS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
BLANKS = re.compile(r"[\t\r\n]+")
PIPED_WIDTH = 200


def out() -> Console:
    return _console(stderr=False)


def err() -> Console:
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    console = Console(stderr=stderr, highlight=False, markup=False, emoji=False, soft_wrap=False)
    if not console.is_terminal:
        console.width = PIPED_WIDTH
    return console


def harmless(text: str) -> str:
    """Return a text that no terminal obeys. Its lines stay."""
    return COMMANDS.sub(MARK, text)


def cell(value: object) -> Text:
    """Return a value as one line of harmless text."""
    if value is None:
        return Text("–")
    if isinstance(value, datetime):
        value = value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, float):
        value = f"{value:.2f}"
    return Text(harmless(BLANKS.sub(" ", str(value))))


def table(
    headings: Sequence[str], rows: Iterable[Sequence[object]], *, title: str | None = None
) -> None:
    shown = Table(*headings, title=None if title is None else cell(title), title_justify="left")
    for row in rows:
        shown.add_row(*(cell(value) for value in row))
    out().print(shown)


def line(text: str) -> None:
    """Print a line for people."""
    out().print(Text(harmless(text)), soft_wrap=True)


def note(text: str) -> None:
    """Print a line that is not part of the answer."""
    err().print(Text(harmless(text)), soft_wrap=True)


def as_json(value: Any) -> None:
    """Print a value for programs: ASCII, so that no terminal obeys it either."""
    print(json.dumps(plain(value), indent=2, ensure_ascii=True))  # noqa: T201


def plain(value: Any) -> Any:
    """Return a value of `answers` as JSON has it."""
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, date):  # a datetime is one, too
        return value.isoformat()
    return plain(asdict(value)) if hasattr(value, "__dataclass_fields__") else value


def document(text: str, to: Path | None) -> None:
    """Write a text to a file, or print it: as it is where it is piped, harmless in a terminal."""
    if to is not None:
        to.write_text(text, encoding="utf-8", newline="")
        note(f"Written to {to}.")
    elif sys.stdout.isatty():
        typer.echo(harmless(text))
    else:
        typer.echo(text, nl=not text.endswith("\n"))
