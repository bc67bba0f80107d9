"""SRA's records, as efetch gives them: of all that they say, the accessions."""

import re
from collections.abc import Iterable

from discovery.geo.records import ACCESSION, CrossReferences
from discovery.geo.text import Source
from discovery.geo.xml import Elements, Node
from discovery.records import BIOPROJECT, SRA_STUDY

ROOTS = frozenset(
    {"EXPERIMENT_PACKAGE_SET", "EXPERIMENT_SET", "STUDY_SET", "SAMPLE_SET", "RUN_SET"}
)
RECORDS = frozenset({"EXPERIMENT_PACKAGE", "EXPERIMENT", "STUDY", "SAMPLE", "RUN"})
# Titles and abstracts mention other people's accessions.
PROSE = frozenset(
    {"DESCRIPTOR", "TITLE", "DESIGN_DESCRIPTION", "DESCRIPTION", "Submission", "Organization"}
)
# But these are told of the record itself.
PLAIN = frozenset({"PRIMARY_ID", "SECONDARY_ID", "EXTERNAL_ID", "SUBMITTER_ID", "ID", "VALUE"})


def read(source: Source) -> list[CrossReferences]:
    """Return what each record of an answer refers to.

    :raises Unreadable: if it cannot be read
    """
    return [_references(node) for node in Elements(source, wanted=RECORDS, skipped=PROSE)]


def _references(record: Node) -> CrossReferences:
    texts = [text for node in record.walk() for text in _accessions(node)]
    geo = _found(ACCESSION, texts)
    return CrossReferences(
        series=[one for one in geo if one.startswith("GSE")],
        samples=[one for one in geo if one.startswith("GSM")],
        sra_studies=_found(SRA_STUDY, texts),
        bioprojects=_found(BIOPROJECT, texts),
        pubmed_ids=[
            link.said("ID") or ""
            for link in record.walk()
            if link.name == "XREF_LINK" and (link.said("DB") or "").lower() == "pubmed"
        ],
    )


def _accessions(node: Node) -> Iterable[str]:
    yield from (node.attributes[name] for name in ("accession", "alias") if name in node.attributes)
    if node.name in PLAIN:
        yield node.text


def _found(form: re.Pattern[str], texts: Iterable[str]) -> list[str]:
    """Return the texts that are accessions of a form, each once."""
    return list(dict.fromkeys(text for text in texts if form.fullmatch(text)))
