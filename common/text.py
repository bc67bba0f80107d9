"""Text that people send: what it may hold, and how it is kept."""

import re
import unicodedata
from typing import Any

from rest_framework import serializers

UNUSABLE = "Take out the NUL and unpaired surrogate characters: they are no text."
_UNUSABLE = re.compile("[\x00\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # all but tab and newline
# Composing makes at most this many characters one (Vietnamese and polytonic Greek need most).
# Longer text is refused before it is normalised, which takes quadratic time on hostile marks.
MOST_COMPOSED = 4


class UnusableText(ValueError):
    """The text holds characters that are none; the message says which."""


def holds_unusable(text: str) -> bool:
    """Say whether the text holds NUL or half a surrogate pair, which no database stores."""
    return _UNUSABLE.search(text) is not None


def tidy(text: str) -> str:
    r"""Return text in NFC, without blanks around it, with `\n` as its only line end.

    :raises UnusableText: if it holds NUL, an unpaired surrogate or a control character
    """
    if holds_unusable(text):
        raise UnusableText(UNUSABLE)
    unified = text.replace("\r\n", "\n").replace("\r", "\n")
    if _CONTROL.search(unified):
        raise UnusableText("Take out the control characters.")
    return unicodedata.normalize("NFC", unified).strip()


class PlainText(serializers.CharField):
    """A string from a person: tidied, then measured in characters. Numbers are not taken as text."""

    default_error_messages = {"invalid": "This must be a string."}

    def __init__(self, *, max_length: int, **options: Any) -> None:
        super().__init__(max_length=max_length, **options)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        if isinstance(data, str):
            data = self._tidied(data)
        return super().run_validation(data)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return data

    def _tidied(self, text: str) -> str:
        limit = self.max_length or 0
        if len(text.strip()) > MOST_COMPOSED * limit:
            raise serializers.ValidationError(
                self.error_messages["max_length"].format(max_length=limit), code="max_length"
            )
        try:
            return tidy(text)
        except UnusableText as error:
            raise serializers.ValidationError(str(error), code="unusable_text") from error
