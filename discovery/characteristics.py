"""A sample's characteristics as columns, out of the "key: value" lines that submitters write."""

import re
from collections.abc import Iterable, Mapping

LONGEST_KEY = 80  # characters; what is longer is a sentence with a colon in it
WITHOUT_KEY = "characteristics"
ADDRESS = re.compile(r"\s*(?:https?|ftp):", re.IGNORECASE)


def columns(lines: Iterable[str]) -> Mapping[str, str]:
    """Return the values by their keys, in the order of the lines.

    Keys are in lower case, so that "Tissue" and "tissue" are one column. What is said twice is joined
    by "; ", and so is what has no key, under "characteristics".
    """
    found: dict[str, dict[str, None]] = {}
    for line in lines:
        key, value = _parted(line)
        if value:
            found.setdefault(key, {})[value] = None
    return {key: "; ".join(values) for key, values in found.items()}


def _parted(line: str) -> tuple[str, str]:
    key, colon, value = line.partition(":")
    key = " ".join(key.split()).lower()
    if not colon or not key or len(key) > LONGEST_KEY or ADDRESS.match(line):
        return WITHOUT_KEY, " ".join(line.split())
    return key, " ".join(value.split())
