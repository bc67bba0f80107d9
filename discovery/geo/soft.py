"""SOFT: `^KIND = accession` begins an entry, `!Kind_field = value` says something of it.

What stands in a data table, and `#` lines that name its columns, are passed over.
"""

from collections.abc import Iterator

from discovery.geo.entries import Entry, family
from discovery.geo.records import Family, Unreadable
from discovery.geo.text import Lines

KINDS = ("series", "sample", "platform")
DATASET = "dataset"


class Soft:
    """A SOFT file on its way through; `rows` counts the rows of tables that went by."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self.rows = 0

    def entries(self) -> Iterator[Entry]:
        """Yield the file's series, samples and platforms, one at a time.

        :raises Unreadable: if it is not SOFT, a curated DataSet, or ends inside a table
        """
        entry: Entry | None = None
        table = started = False
        for line in self._lines:
            if line.startswith("^"):
                yield from [entry] if entry else []
                entry, table, started = _begun(line), False, True
            elif line.startswith("!"):
                table = self._said(line, entry, in_table=table)
            elif not started and line.strip():
                raise Unreadable(f"This is not SOFT: it begins with {line[:40]!r}.")
            else:
                self.rows += table
        if table:
            raise Unreadable("The file ends inside a data table: it is not whole.")
        yield from [entry] if entry else []

    @staticmethod
    def _said(line: str, entry: Entry | None, *, in_table: bool) -> bool:
        """Take a `!` line; say whether a data table goes on after it."""
        label, _, value = line[1:].partition("=")
        label = label.strip().lower()
        if label.endswith(("_table_begin", "_table_end")):
            return label.endswith("_begin")
        if entry:
            entry.add(label.removeprefix(f"{entry.kind}_"), value.strip())
        return in_table


def _begun(line: str) -> Entry | None:
    kind, _, name = line[1:].partition("=")
    kind, name = kind.strip().lower(), name.strip()
    if kind == DATASET:
        raise Unreadable(f"{name[:40]} is a curated DataSet; read the series it was made from.")
    return Entry(kind, name) if kind in KINDS else None


def read(lines: Lines) -> Family:
    """Return the records of a SOFT file.

    :raises Unreadable: with the reason
    """
    soft = Soft(lines)
    series, samples, platforms = family(soft.entries())
    return Family(series, samples, platforms, soft.rows, lines.encoding)
