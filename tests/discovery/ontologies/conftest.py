"""A small ontology in files, as the real ones come."""

from pathlib import Path

import pytest

from discovery.ontologies import files
from discovery.ontologies.terms import Entry

ENTRIES = [
    Entry("MONDO:1", "disease", "disease", (), (), None),
    Entry("MONDO:2", "disease", "cancer", ("malignancy",), ("MONDO:1",), None),
    Entry("MONDO:3", "disease", "sarcoma of bone", ("SOBO", "bone sarcoma"), ("MONDO:2",), None),
    Entry("MONDO:4", "disease", "", (), (), "MONDO:3"),
]
GENES = [
    Entry("HGNC:1", "gene", "FROB1", ("frobnicator 1", "PD-Q2", "WAS"), (), None),
    Entry("HGNC:2", "gene", "GROK", ("sob gene",), (), None),
]


def write(
    folder: Path, entries: list[Entry] = ENTRIES, *, version: str = "v1"
) -> list[files.Release]:
    found = [
        files.write(folder, name="MONDO", version=version, source="a test", entries=entries),
        files.write(folder, name="HGNC", version="v7", source="a test", entries=GENES),
    ]
    files.write_index(folder, found)
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path)
    return tmp_path
