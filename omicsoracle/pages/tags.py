"""How pages write what the API says; every template has these filters."""

from datetime import datetime

from django import template
from django.utils.dateparse import parse_datetime

register = template.Library()


@register.filter
def moment(text: str | None) -> datetime | None:
    """Return a moment of the API's JSON as one that `date` formats."""
    return parse_datetime(text) if text else None


@register.filter
def number(value: float | None) -> str:
    """Write a number with separators of thousands; none is a dash."""
    return "–" if value is None else f"{value:,}"
