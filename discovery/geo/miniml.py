"""MINiML: GEO's XML form of a family. Its elements become entries with SOFT's field names."""

from collections.abc import Iterator

from discovery.geo.entries import Entry, family
from discovery.geo.records import Family
from discovery.geo.text import Source
from discovery.geo.xml import Elements, Node

ROOT = "MINiML"
WANTED = frozenset({"Series", "Sample", "Platform"})
SKIPPED = frozenset({"Data-Table"})
FIELDS = {
    "Title": "title",
    "Summary": "summary",
    "Overall-Design": "overall_design",
    "Type": "type",
    "Pubmed-ID": "pubmed_id",
    "Supplementary-Data": "supplementary_file",
    "Organism": "organism",
    "Technology": "technology",
    "Manufacturer": "manufacturer",
}
REFERENCES = {"Sample-Ref": "sample_id", "Platform-Ref": "platform_id"}
DATES = {
    "Submission-Date": "submission_date",
    "Release-Date": "status",
    "Last-Update-Date": "last_update_date",
}


def read(source: Source) -> Family:
    """Return the records of a MINiML file; its tables are passed over.

    :raises Unreadable: with the reason
    """
    nodes = Elements(source, wanted=WANTED, skipped=SKIPPED)
    series, samples, platforms = family(entry for node in nodes if (entry := _entry(node)))
    return Family(series, samples, platforms, rows=0, encoding="utf-8")


def _entry(node: Node) -> Entry | None:
    """Return what an element describes; nothing if it only names an accession."""
    accession = node.said("Accession") or node.attributes.get("iid", "")
    if node.said("Title") is None:
        return None
    entry = Entry(node.name.lower(), accession)
    for child in node.children:
        for name, value in _said(child):
            entry.add(name, value)
    return entry


def _said(node: Node) -> Iterator[tuple[str, str]]:
    if name := FIELDS.get(node.name):
        yield name, node.text
    elif name := REFERENCES.get(node.name):
        yield name, node.attributes.get("ref", "")
    elif node.name == "Status":
        yield from ((DATES[one.name], one.text) for one in node.children if one.name in DATES)
    elif node.name == "Relation":
        yield "relation", f"{node.attributes.get('type')}: {node.attributes.get('target')}"
    elif node.name == "Channel":
        yield from _of_channel(node)


def _of_channel(node: Node) -> Iterator[tuple[str, str]]:
    for child in node.children:
        if child.name == "Source":
            yield "source_name_ch1", child.text
        elif child.name == "Organism":
            yield "organism_ch1", child.text
        elif child.name == "Characteristics":
            tag = child.attributes.get("tag")
            yield "characteristics_ch1", f"{tag}: {child.text}" if tag else child.text
