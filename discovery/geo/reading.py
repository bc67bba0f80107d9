"""Any file of GEO or E-utilities: recognise it by how it begins, and read it."""

import re
from collections.abc import Callable, Mapping
from typing import BinaryIO

from discovery.geo import eutils, matrix, miniml, pubmed, soft, sra
from discovery.geo.records import (
    CrossReferences,
    Family,
    Found,
    Links,
    Publication,
    Summary,
    Unreadable,
)
from discovery.geo.text import Lines, Source

Record = Family | Found | list[Summary] | list[Links] | list[Publication] | list[CrossReferences]

ROOT = re.compile(rb"<([A-Za-z][A-Za-z0-9:_-]{0,60})")
BOM = b"\xef\xbb\xbf"
XML: Mapping[str, Callable[[Source], Record]] = {
    miniml.ROOT: miniml.read,
    "eSearchResult": eutils.read_search,
    "eSummaryResult": eutils.read_summaries,
    "eLinkResult": eutils.read_links,
    pubmed.ROOT: pubmed.read,
    **dict.fromkeys(sra.ROOTS, sra.read),
}


def read(file: BinaryIO) -> Record:
    """Return what a file holds, plain or gzip.

    :raises Unreadable: with the reason, if it is damaged, hostile, or nothing that we read
    """
    whole = Source(file)
    start = whole.start.removeprefix(BOM).lstrip()
    if start.startswith(b"^"):
        return soft.read(Lines(whole))
    if start[:8].lower() == b"!series_":
        return matrix.read(Lines(whole))
    if start.startswith(b"{"):
        return eutils.read_json(whole)
    if start.startswith(b"<"):
        return _reader(start)(whole)
    if not start:
        raise Unreadable("The file is empty.")
    raise Unreadable(f"This is no format of GEO or E-utilities: it begins with {start[:40]!r}.")


def _reader(start: bytes) -> Callable[[Source], Record]:
    found = ROOT.search(start)
    root = found[1].decode() if found else ""
    if root.lower() == "html" or b"<!doctype html" in start[:200].lower():
        raise Unreadable("This is a web page, not data.")
    if root not in XML:
        raise Unreadable(f"This is XML, but <{root}> is not read here.")
    return XML[root]
