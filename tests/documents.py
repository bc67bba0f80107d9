"""Figures in documents, each between two marks that say which command writes them."""

from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"


def put(document: str, name: str, figures: str) -> None:
    """Put figures into a document, between the marks that bear their name."""
    path = DOCS / document
    begin, end = f"<!-- {name}, written by a command -->", f"<!-- end of {name} -->"
    before, there, rest = path.read_text(encoding="utf-8").partition(begin)
    _, closed, after = rest.partition(end)
    if not (there and closed):
        raise ValueError(f"{document} has no place for {name}.")
    path.write_text(f"{before}{begin}\n\n{figures}\n\n{end}{after}", encoding="utf-8")
