"""What the staff's pages tell at a glance."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.urls import reverse

May = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure, and where there is more of it."""

    name: str
    value: object
    link: str = ""
    is_bad: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """Figures that belong together."""

    title: str
    figures: Sequence[Figure]


def list_of(model: str, query: str = "") -> str:
    """Return the address of a model's list: `accounts.user`."""
    address = reverse(f"admin:{model.replace('.', '_')}_changelist")
    return f"{address}?{query}" if query else address


def may_see(may: May, model: str) -> bool:
    app, _, name = model.partition(".")
    return may(f"{app}.view_{name}")
