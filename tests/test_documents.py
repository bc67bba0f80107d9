"""Documents lead somewhere, and name only what there is."""

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands

ROOT = Path(settings.BASE_DIR)
PAGES = [*(ROOT / name for name in ("README.md", "CONTRIBUTING.md")), *ROOT.glob("docs/**/*.md")]
FENCED = re.compile(r"^( *)(```+).*?^\1\2$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(<?([^)\s>]+)")
HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
# A path of ours, from the project's folder on, or one of a program that has its own name.
FILE = re.compile(r"(?:[\w.-]+/)+[\w.-]+\.(?:py|md|json|jsonl|lua|tsv|toml|txt|yml|yaml|alloy)")
OURS = {path.name for path in ROOT.iterdir() if path.is_dir()} - {"var"}

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


@every_page
def test_every_link_leads_to_a_file_and_to_a_heading_that_there_are(page: Path) -> None:
    assert [link for link in links(page) if not leads_somewhere(page, link)] == []


@every_page
def test_every_command_and_file_that_a_document_names_exists(page: Path) -> None:
    assert [word for word in named(page) if not exists(word)] == []


def test_every_decision_is_listed() -> None:
    folder = ROOT / "docs/decisions"
    listed = set(links(folder / "README.md"))

    assert {page.name for page in folder.glob("0*.md")} <= listed


def test_the_runbook_names_every_alert() -> None:
    rules = (ROOT / "deploy/prometheus/rules/alerts.yml").read_text(encoding="utf-8")
    alerts = re.findall(r"- alert: (\w+)", rules)
    runbook = (ROOT / "docs/OPERATIONS_RUNBOOK.md").read_text(encoding="utf-8")

    assert alerts
    assert [one for one in alerts if f"| `{one}` |" not in runbook] == []


def test_the_site_leads_to_pages_that_there_are() -> None:
    site = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    pages = re.findall(r"^ +- .+: (\S+\.md)$", site, re.MULTILINE)

    assert pages
    assert [one for one in pages if not (ROOT / "docs" / one).exists()] == []


def links(page: Path) -> Iterator[str]:
    for link in LINK.findall(SPAN.sub("", FENCED.sub("", page.read_text(encoding="utf-8")))):
        if not link.startswith(("http:", "https:", "mailto:")):
            yield link


def leads_somewhere(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = page.parent / path if path else page
    return target.exists() and (not anchor or anchor in anchors(target))


def anchors(page: Path) -> set[str]:
    text = FENCED.sub("", page.read_text(encoding="utf-8"))
    return {slug(heading) for heading in HEADING.findall(text)}


def slug(heading: str) -> str:
    """Return what the site makes of a heading."""
    plain = unicodedata.normalize("NFKD", heading).encode("ascii", "ignore").decode()
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", plain).strip().lower())


def named(page: Path) -> Iterator[str]:
    """Yield what stands in code and is a target of make, a command, a script or a file of ours."""
    text = page.read_text(encoding="utf-8")
    code = [found[0] for found in FENCED.finditer(text)] + SPAN.findall(FENCED.sub("", text))
    for one in code:
        yield from (
            f"make {name}"
            for name in re.findall(r"(?:^|[;&|] *)make ([a-z][\w-]*)", one, re.MULTILINE)
        )
        yield from (f"manage.py {name}" for name in re.findall(r"manage\.py ([a-z_]+)", one))
        yield from re.findall(r"(?<![\w./-])deploy/scripts/[\w-]+", one)
        yield from (f for f in FILE.findall(one) if f.partition("/")[0] in OURS)


def exists(word: str) -> bool:
    program, _, name = word.partition(" ")
    if program == "make":
        makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
        return re.search(rf"^{name}:", makefile, re.MULTILINE) is not None
    if program == "manage.py":
        return name in get_commands()
    return (ROOT / word).exists()
