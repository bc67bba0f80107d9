"""How pages write what the API says; every template has these filters."""

from datetime import datetime

from django import template
from django.utils.dateparse import parse_datetime
from django.utils.safestring import SafeString

from omicsoracle.pages.marking import Marker

register = template.Library()


@register.filter
def moment(text: str | None) -> datetime | None:
    """Return a moment of the API's JSON as one that `date` formats."""
    return parse_datetime(text) if text else None


@register.filter
def number(value: object) -> str:
    """Write a number with separators of thousands; what is none is a dash."""
    return f"{value:,}" if isinstance(value, int | float) else "–"


@register.filter
def marked(text: str, marker: Marker) -> SafeString:
    """Mark in a text what was asked for."""
    return marker.marked(text)


@register.filter
def excerpt(text: str | None, marker: Marker) -> str:
    """Return what of a text is shown first."""
    return marker.excerpt(text or "")


@register.filter
def kind(name: str) -> str:
    """Write a name of the API's, such as cell_type, in plain words."""
    return name.replace("_", " ")
