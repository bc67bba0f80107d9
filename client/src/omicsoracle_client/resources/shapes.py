"""What goes into bodies."""

from collections.abc import Mapping
from datetime import date
from typing import Any


def given(**fields: Any) -> dict[str, Any]:
    """Return the fields that have a value."""
    return {name: value for name, value in fields.items() if value is not None}


def plain(filters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the filters that have a value, dates as text."""
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in filters.items()
        if value is not None
    }


def filters_of(filters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of a body that narrows, if anything does."""
    chosen = plain(filters)
    return {"filters": chosen} if chosen else {}
