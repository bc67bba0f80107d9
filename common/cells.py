"""Cells of CSV files that no spreadsheet takes for a formula."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

# What a spreadsheet may take for the beginning of a formula, in full width too, or of a command.
STARTERS = frozenset("=+-@\t\r\n\0\uff1d\uff0b\uff0d\uff20")
PASSED_OVER = " \t\r\n\"'\u00a0\ufeff"  # what one may take away before it looks


def safe(text: str) -> str:
    """Return a cell that stays text, whatever it begins with: see OWASP on CSV injection."""
    begins = text.lstrip(PASSED_OVER)[:1]
    is_risky = begins in STARTERS or text[:1] in STARTERS
    return f"'{text}" if text and is_risky else text


def csv_lines(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield each row as a line of CSV (RFC 4180)."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    for row in rows:
        writer.writerow([safe(cell) for cell in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
