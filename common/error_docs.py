"""`docs/errors.md`, made of the codes that there are."""

import logging
from pathlib import Path

from django.conf import settings

from common.error_kinds import CATEGORIES, KINDS, Category, Kind

FILE = "docs/errors.md"
HEAD = """# Errors

Every refusal of the API is an `application/problem+json` object (RFC 9457): `type` leads to what the code means (`/docs/errors#<code>`, which this
server answers to anybody), `status` and `code` are for programs, `title` and `detail` for people; `request_id` is what to tell us. The code stands in the
access log too (`context.code`).

This page is written by `manage.py error_docs`, from `common/error_kinds.py`.

## Categories

An error belongs to the category of its code, unless what raised it says otherwise: `service_unavailable` is `database` when PostgreSQL does not answer. What is
logged at `DEBUG` is not written by default: the access log has a line of it all the same.
"""


def page() -> str:
    """Return the page."""
    categories = _table(
        ["category", "", "logged at", "alerts", "send it again?"],
        [_category(one) for one in CATEGORIES],
    )
    ordered = sorted(KINDS.items(), key=lambda item: (item[1].status, item[0]))
    codes = _table(
        ["status", "code", "category", "what happened", "what to do", "send it again?"],
        [_kind(code, kind) for code, kind in ordered],
    )
    return f"{HEAD}\n{categories}\n\n## Codes\n\n{codes}\n"


def file() -> Path:
    return Path(settings.BASE_DIR) / FILE


def _category(one: Category) -> list[str]:
    level = logging.getLevelName(one.level)
    return [f"`{one.name}`", one.says, f"`{level}`", one.alert, one.retry]


def _kind(code: str, kind: Kind) -> list[str]:
    return [
        str(kind.status),
        f"`{code}`",
        f"`{kind.category.name}`",
        kind.title,
        kind.advice,
        kind.retry,
    ]


def _table(heading: list[str], rows: list[list[str]]) -> str:
    lines = [heading, ["---"] * len(heading), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
