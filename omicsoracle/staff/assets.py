"""Files that unfold is to load besides its own."""

from django.http import HttpRequest
from django.templatetags.static import static


def style(_request: HttpRequest) -> str:
    return static("staff/site.css")


def script(_request: HttpRequest) -> str:
    return static("staff/site.js")
