"""Small things of English that reports need."""

import unicodedata
from collections.abc import Sequence

UNKNOWN = "not stated"
MOST_NAMED = 5
# Marks that turn the direction of what follows: a record must not turn our words.
TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def plain(text: str) -> str:
    """Return text in one line, without what moves or hides other text."""
    line = " ".join(text.split())
    return "".join(
        one for one in line if one not in TURNING and unicodedata.category(one) not in {"Cc", "Cs"}
    )


def counted(count: int, singular: str, plural: str = "") -> str:
    """Return "1 sample", "2 samples", "12,000 samples"."""
    return f"{count:,} {singular if count == 1 else plural or singular + 's'}"


def listed(texts: Sequence[str], *, most: int = MOST_NAMED) -> str:
    """Return "A", "A and B", "A, B and C", or of many "A, B, C and 4 more"."""
    if len(texts) > most:
        return f"{', '.join(texts[: most - 1])} and {len(texts) - most + 1} more"
    if len(texts) < 2:  # noqa: PLR2004
        return "".join(texts)
    return f"{', '.join(texts[:-1])} and {texts[-1]}"


def shares(count: int, total: int) -> str:
    """Return "all 8", "6 of 8", "none of 8", "both" or "the one"."""
    if count == total:
        return {1: "the one", 2: "both"}.get(total, f"all {total}")
    return f"{count} of {total}" if count else f"none of {total}"


def verb(count: int, singular: str, plural: str) -> str:
    """Return the form of a verb that goes with so many."""
    return singular if count == 1 else plural


def or_unknown(texts: Sequence[str], *, most: int = 3) -> str:
    """Return the texts of a table's cell, or that the record does not say."""
    return listed(texts, most=most) if texts else UNKNOWN


def excerpt(text: str, *, words: int) -> str:
    """Return the first words of a text, up to the end of a sentence if one is near."""
    found = plain(text).split()
    if len(found) <= words:
        return " ".join(found)
    cut = " ".join(found[:words])
    end = max(cut.rfind(". "), cut.rfind("? "), cut.rfind("! "))
    return cut[: end + 1] if end > len(cut) // 2 else f"{cut} …"


def sentence(text: str) -> str:
    """Return text with a capital at its beginning and a full stop at its end."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "…", "?", "!")) else ".")
