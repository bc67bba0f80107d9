"""Series matrices: `!Series_field` lines, then `!Sample_field` lines with a column a sample."""

from collections.abc import Iterator

from discovery.geo.entries import MAX_ENTRIES, WANTED, Entry, family
from discovery.geo.records import Family, Unreadable
from discovery.geo.text import Lines

TABLE = "!series_matrix_table_"


def read(lines: Lines) -> Family:
    """Return the series and the samples of a series matrix; its numbers are only counted.

    :raises Unreadable: with the reason
    """
    series = Entry("series", "")
    columns: list[list[tuple[str, str]]] = []
    rows, in_table, ended = 0, False, False
    for line in lines:
        if line.lower().startswith(TABLE):
            in_table = line.lower().startswith(f"{TABLE}begin")
            ended = ended or not in_table
        elif in_table:
            rows += 1
        elif line.startswith("!"):
            _said(line, series, columns)
        elif line.strip():
            raise Unreadable(f"This is not a series matrix: it has the line {line[:40]!r}.")
    if in_table or not ended:
        raise Unreadable("The series matrix has no end of its table: it is not whole.")
    series.accession = series.text("geo_accession") or ""
    records, samples, platforms = family([series, *_samples(columns)])
    return Family(records, samples, platforms, max(0, rows - 1), lines.encoding)


def _said(line: str, series: Entry, columns: list[list[tuple[str, str]]]) -> None:
    label, _, rest = line[1:].partition("\t")
    kind, _, name = label.strip().lower().partition("_")
    if not WANTED.fullmatch(name):
        return
    values = [value.strip().strip('"') for value in rest.split("\t", MAX_ENTRIES)]
    if kind == "series":
        for value in values:
            series.add(name, value)
    elif kind == "sample":
        if not columns:
            columns.extend([] for _ in values)
        for column, value in zip(columns, values, strict=False):
            column.append((name, value))


def _samples(columns: list[list[tuple[str, str]]]) -> Iterator[Entry]:
    for column in columns:
        sample = Entry("sample", dict(column).get("geo_accession", ""))
        for name, value in column:
            sample.add(name, value)
        yield sample
