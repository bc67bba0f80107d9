"""What the address of a results page asks for, as a body of the API, and in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

NUMBERS = ("min_samples", "max_samples")
FLAGS = ("has_publication", "has_raw_data")
DATES = ("released_after", "released_before")
FILTERS = ("organism", "study_type", *NUMBERS, "platform", *DATES, *FLAGS)
USUAL = {"mode": "hybrid", "source": "local"}
USUAL_RESULTS, MOST_RESULTS = 20, 100
LONGEST_NUMBER = 10
IN_WORDS = {
    "min_samples": "at least {} samples",
    "max_samples": "at most {} samples",
    "released_after": "released on {} or later",
    "released_before": "released on {} or earlier",
}
FLAG_IN_WORDS = {"has_publication": "publication", "has_raw_data": "raw data"}


def body_of(params: QueryDict) -> dict[str, Any]:
    """Return the body that asks for what an address says. What cannot be right the API refuses."""
    body: dict[str, Any] = {"query": params.get("q", "").strip()}
    given = {name: params.get(name, "") for name in FILTERS}
    filters = {name: _value(name, text) for name, text in given.items() if text}
    if filters:
        body["filters"] = filters
    if wanted := params.get("max_results"):
        body["max_results"] = _number(wanted)
    for name, usual in USUAL.items():
        if params.get(name, usual) not in {usual, ""}:
            body[name] = params[name]
    return body | ({"fallback": True} if body.get("source") == "ncbi" else {})


def address_of(params: QueryDict, **changes: str | None) -> str:
    """Return the address of the same page with some parameters set otherwise; None is without."""
    changed = {name: value for name, value in params.items() if value} | changes
    return "?" + urlencode({name: value for name, value in changed.items() if value is not None})


@dataclass(frozen=True, slots=True)
class Narrowing:
    """A filter of an answer, in words.

    :ivar without: the address that does without it; empty if the question itself says so
    """

    says: str
    without: str


def narrowings(applied: Mapping[str, Any], params: QueryDict) -> list[Narrowing]:
    """Return the filters of an answer: those that were set, and those read out of the question."""
    return [
        Narrowing(
            in_words(name, value), address_of(params, **{name: None}) if params.get(name) else ""
        )
        for name, value in applied.items()
    ]


def in_words(name: str, value: object) -> str:
    if name in FLAG_IN_WORDS:
        return f"{'with' if value is True else 'without'} {FLAG_IN_WORDS[name]}"
    shown = f"{value:,}" if isinstance(value, int) else str(value)
    return IN_WORDS.get(name, "{}").format(shown)


def _value(name: str, text: str) -> str | int | bool:
    text = text.strip()
    if name in NUMBERS:
        return _number(text)
    return text == "true" if name in FLAGS and text in {"true", "false"} else text


def _number(text: str) -> str | int:
    is_number = text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER
    return int(text) if is_number else text
