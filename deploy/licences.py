"""Which licences the packages have that the platform runs with: `python -m deploy.licences` writes docs/licences.md.

It reads what is installed of requirements/base.txt, and ends with 1 if a licence asks for more than we give.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
PAGE = PROJECT / "docs" / "licences.md"
HEAD = """# Licences

What the platform runs with (`requirements/base.txt`) and under which licences, as the packages say themselves; written by
`make licences`. `make audit` fails if one asks to give away what is built with it (GPL, AGPL, SSPL). OmicsOracle itself is
Apache-2.0. What pages load from npm: htmx (0BSD), Alpine.js, Chart.js and Pico (MIT).

| package | licence |
| --- | --- |
"""
# Long texts of some packages, and what they are.
TEXTS = {
    r"^(The )?MIT License": "MIT",
    r"^Apache (License|Software License)": "Apache-2.0",
    r"BSD 3-Clause|Redistribution and use in source": "BSD-3-Clause",
}
REFUSED = re.compile(r"\b(A?GPL|SSPL|GNU (Affero )?General Public)", re.IGNORECASE)
ALLOWED = re.compile(r"LGPL|Lesser General Public", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Package:
    """A package and its licence; "" if it does not say."""

    name: str
    licence: str


def names() -> list[str]:
    """Return the names of all packages that are pinned for running."""
    text = (PROJECT / "requirements" / "base.txt").read_text(encoding="utf-8")
    return sorted(re.findall(r"^([a-z0-9][\w.-]*)==", text, re.MULTILINE))


def packages() -> Iterator[Package]:
    """Yield what is installed of them: some are for other systems."""
    for name in names():
        try:
            yield Package(name, licence_of(name))
        except PackageNotFoundError:
            continue


def licence_of(name: str) -> str:
    """Return what a package says of its licence: as an expression, as a class, or as a text."""
    said = metadata(name)
    if expression := said.get_all("License-Expression"):
        return str(expression[0])
    classes = [
        one.rpartition(" :: ")[2] for one in said.get_all("Classifier") or [] if "License ::" in one
    ]
    if classes:
        return ", ".join(classes)
    text = "".join(said.get_all("License") or []).strip()
    known = (short for sign, short in TEXTS.items() if re.search(sign, text))
    return next(known, text.splitlines()[0] if text else "")


def refused(found: list[Package]) -> list[Package]:
    """Return those whose licence asks for more than we give."""
    return [one for one in found if REFUSED.search(one.licence) and not ALLOWED.search(one.licence)]


def main() -> int:
    """Write the page; return 1 if a licence will not do."""
    found = list(packages())
    rows = "".join(f"| {one.name} | {one.licence or 'says none'} |\n" for one in found)
    PAGE.write_text(HEAD + rows, encoding="utf-8")
    wrong = refused(found)
    for one in wrong:
        print(f"{one.name}: {one.licence}", file=sys.stderr)  # noqa: T201
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
