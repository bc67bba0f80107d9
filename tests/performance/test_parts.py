"""Every part that can be measured has its place in the document that it is written into."""

from pathlib import Path

import pytest

from tests import documents
from tests.performance.accounts.measure import PARTS as ACCOUNTS
from tests.performance.analytics.measure import PARTS as ANALYTICS
from tests.performance.batch.measure import PARTS as BATCH
from tests.performance.caching.measure import PARTS as CACHING
from tests.performance.endurance.measure import PARTS as LOAD
from tests.performance.history.measure import PARTS as HISTORY
from tests.performance.quotas.measure import PARTS as QUOTAS

DOCUMENTS = {
    "accounts": ACCOUNTS,
    "analytics": ANALYTICS,
    "history": HISTORY,
    "load": LOAD,
    "batch": BATCH,
    "caching": CACHING,
    "quotas": QUOTAS,
}


@pytest.mark.parametrize(
    ("name", "part"), [(name, part) for name, parts in DOCUMENTS.items() for part in parts]
)
def test_each_part_has_its_place_in_the_document(name: str, part: str) -> None:
    text = (documents.DOCS / f"{name}-measured.md").read_text(encoding="utf-8")

    begin, end = text.index(f"<!-- {part}, written by a command -->"), text.index(f"end of {part} ")

    assert begin < end


def test_figures_replace_those_that_were_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "DOCS", tmp_path)
    (tmp_path / "a.md").write_text(
        "one\n<!-- x, written by a command -->\nold\n<!-- end of x -->\ntwo"
    )

    documents.put("a.md", "x", "new")

    assert (tmp_path / "a.md").read_text() == (
        "one\n<!-- x, written by a command -->\n\nnew\n\n<!-- end of x -->\ntwo"
    )


def test_figures_without_a_place_are_not_lost_in_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "DOCS", tmp_path)
    (tmp_path / "a.md").write_text("nothing")

    with pytest.raises(ValueError, match="no place for x"):
        documents.put("a.md", "x", "new")
