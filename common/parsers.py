"""Request bodies: one JSON object, strictly."""

import json
import re
from collections.abc import Mapping
from typing import IO, Any, NoReturn

from django.conf import settings
from rest_framework.exceptions import ParseError, UnsupportedMediaType, ValidationError
from rest_framework.parsers import BaseParser
from rest_framework.settings import api_settings
from rest_framework.utils.mediatypes import _MediaType

from common.text import UNUSABLE, holds_unusable

MAX_NUMBER = 64  # characters
# A string up to its closing quote, or a bracket. Possessive and with the quote optional, so that no
# text makes it look at a character twice.
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"?+|[\[{]|[\]}]', re.DOTALL)


class StrictJSONParser(BaseParser):
    """Read one JSON object in UTF-8.

    Refused with 400 `parse_error`: what is no JSON object, NaN and Infinity, a member named twice,
    nesting deeper than `MAX_JSON_DEPTH`, numbers longer than 64 characters; with 400
    `validation_error` that names the field: NUL and lone surrogates; with 415 another charset than
    UTF-8. A byte order mark is skipped. A body without a byte is the empty object.
    """

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        charset = _MediaType(media_type or "").params.get("charset", "utf-8")
        if charset.strip("\"'").lower() not in {"utf-8", "utf8"}:
            raise UnsupportedMediaType(media_type or "")
        return read_object(stream.read())


def read_object(body: bytes) -> dict[str, Any]:
    """Return the object that a body holds.

    :raises ParseError: if it does not hold one
    :raises ValidationError: if some text in it cannot be stored
    """
    if not body:
        return {}
    text = _decode(body)
    _refuse_depth(text)
    value = _load(text)
    if not isinstance(value, dict):
        raise ParseError("The body must be a JSON object, in braces.")
    if "\\u" in text:  # only an escape can bring in what UTF-8 and JSON's grammar keep out
        _refuse_unusable_text(value)
    return value


def _decode(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ParseError(f"The body is not UTF-8 at byte {error.start}.") from error


def _load(text: str) -> Any:
    try:
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_float=_float,
            parse_int=_int,
        )
    except json.JSONDecodeError as error:
        raise ParseError(
            f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        ) from error


def _refuse_depth(text: str) -> None:
    depth = 0
    for token in TOKEN.finditer(text):
        first = token[0][0]
        if first in "[{":
            depth += 1
        elif first in "]}":
            depth -= 1
        if depth > settings.MAX_JSON_DEPTH:
            raise ParseError(f"The body is nested deeper than {settings.MAX_JSON_DEPTH} levels.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ParseError("The body names a member of an object twice.")
    return members


def _constant(name: str) -> NoReturn:
    raise ParseError(f"{name} is not a JSON number.")


def _int(digits: str) -> int:
    if len(digits) > MAX_NUMBER:
        raise ParseError(f"A number in the body has more than {MAX_NUMBER} characters.")
    return int(digits)


def _float(digits: str) -> float:
    number = float(digits) if len(digits) <= MAX_NUMBER else float("inf")
    if number in {float("inf"), float("-inf")}:
        raise ParseError("A number in the body is too large or too long.")
    return number


def _refuse_unusable_text(body: dict[str, Any]) -> None:
    """Look at every string, without recursion."""
    own = api_settings.NON_FIELD_ERRORS_KEY
    waiting: list[tuple[str, Any]] = [("", body)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, str) and holds_unusable(value):
            raise ValidationError({path: [UNUSABLE]})
        if isinstance(value, dict):
            if any(holds_unusable(key) for key in value):
                raise ValidationError({path or own: [UNUSABLE]})
            waiting += [(f"{path}.{key}" if path else key, inner) for key, inner in value.items()]
        elif isinstance(value, list):
            waiting += [(f"{path}.{index}", inner) for index, inner in enumerate(value)]
