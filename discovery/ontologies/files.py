"""The ontologies' files: two for each, as PostgreSQL copies them in, and an index of all.

What a question could name a term by, and what a term descends from, is worked out when the files
are made: loading them is copying.
"""

import gzip
import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import orjson

from discovery.ontologies.descent import ancestors_of_all
from discovery.ontologies.naming import namings_of
from discovery.ontologies.terms import Entry

DATA = Path(__file__).with_name("data")
INDEX = "index.json"
SPECIAL = re.compile(r"[\\\t\n\r]")
PARTS = ("terms", "names")


class Release(NamedTuple):
    """An ontology in a folder. `digest` tells its files from those of another release."""

    name: str
    version: str
    source: str
    term_count: int
    name_count: int
    digest: str


class DamagedFile(ValueError):
    """A file is not what the index says; the message names it."""


def releases(folder: Path = DATA) -> list[Release]:
    return [Release(**one) for one in orjson.loads((folder / INDEX).read_bytes())]


def copied(release: Release, part: str, folder: Path = DATA) -> bytes:
    """Return the rows of one of the `PARTS`, as `copy … from stdin` reads them.

    :raises DamagedFile: if the files are not those of the index
    """
    packed = [_file(folder, release.name, one) for one in PARTS]
    if not all(one.exists() for one in packed) or _digest(packed) != release.digest:
        raise DamagedFile(f"{packed[0].name} or {packed[1].name} is damaged or missing.")
    return gzip.decompress(_file(folder, release.name, part).read_bytes())


def write(
    folder: Path, *, name: str, version: str, source: str, entries: Collection[Entry]
) -> Release:
    """Write an ontology; the files are the same, byte for byte, if the entries are."""
    names = [(entry.id, *naming) for entry in entries for naming in namings_of(entry)]
    rows: dict[str, Sequence[Sequence[object]]]
    rows = {"terms": list(_term_rows(name, entries)), "names": names}
    for part in PARTS:
        text = "".join("\t".join(map(_cell, row)) + "\n" for row in rows[part])
        _file(folder, name, part).write_bytes(gzip.compress(text.encode(), mtime=0))
    digest = _digest([_file(folder, name, part) for part in PARTS])
    return Release(name, version, source, len(entries), len(names), digest)


def write_index(folder: Path, found: Iterable[Release]) -> None:
    listed = [one._asdict() for one in sorted(found)]
    (folder / INDEX).write_bytes(orjson.dumps(listed, option=orjson.OPT_INDENT_2) + b"\n")


def _term_rows(ontology: str, entries: Collection[Entry]) -> Iterator[Sequence[object]]:
    ancestors = ancestors_of_all({one.id: one.parents for one in entries})
    for one in entries:
        above = sorted(ancestors[one.id])
        yield (
            *(one.id, ontology, one.type, one.name, one.parents, above),
            *(one.is_obsolete, one.replaced_by),
        )


def _cell(value: object) -> str:
    """Return a value in the text format of `copy`."""
    if value is None:
        return r"\N"
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, list | tuple):  # of identifiers, which need no quotes
        return "{" + ",".join(value) + "}"
    return SPECIAL.sub(lambda match: f"\\{match[0]}", str(value))


def _file(folder: Path, name: str, part: str) -> Path:
    return folder / f"{name.lower()}.{part}.gz"


def _digest(found: Iterable[Path]) -> str:
    return hashlib.sha256(b"".join(one.read_bytes() for one in found)).hexdigest()
