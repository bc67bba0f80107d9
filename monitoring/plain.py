"""Any value as one that JSON can have, of bounded size and without secrets."""

import itertools
from collections.abc import Iterable, Mapping
from typing import Any

from monitoring.scrubbing import HIDDEN, is_secret, scrubber

LONGEST_TEXT = 8_000  # characters; what is longer loses its middle
MOST_VALUES = 500  # in one object, at all depths together
DEEPEST = 6
BITS = 63
MORE = "…"


def plain_object(given: Mapping[Any, Any]) -> dict[str, Any]:
    """Return a mapping that `orjson` takes, whatever it held; secrets by their names are hidden."""
    return _Walk().mapping(given, 0)


def plain(value: object) -> Any:
    """Return a value that `orjson` takes."""
    return _Walk().value(value, 0)


class _Walk:
    """Goes through one object, and counts."""

    def __init__(self) -> None:
        self._left = MOST_VALUES

    def mapping(self, given: Mapping[Any, Any], depth: int) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for name, value in given.items():
            if self._left <= 0:
                made[MORE] = MORE
                break
            called = _text(name if isinstance(name, str) else _told(name))
            hide = is_secret(called) and isinstance(value, str | bytes | list | dict | tuple)
            made[called] = HIDDEN if hide and value else self.value(value, depth + 1)
        return made

    def value(self, value: object, depth: int) -> Any:
        self._left -= 1
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int):
            return int(value) if value.bit_length() <= BITS else str(hex(value))[:100]
        if isinstance(value, float):
            return float(value)
        if isinstance(value, str):
            return _text(value)
        if isinstance(value, bytes | bytearray):
            return _text(bytes(value[:LONGEST_TEXT]).decode("utf-8", "backslashreplace"))
        return self._compound(value, depth)

    def _compound(self, value: object, depth: int) -> Any:
        if depth < DEEPEST and isinstance(value, Mapping):
            return self.mapping(value, depth)
        if depth < DEEPEST and isinstance(value, list | tuple | set | frozenset):
            return self._list(value, depth)
        return _text(_told(value))

    def _list(self, values: Iterable[object], depth: int) -> list[Any]:
        made = []
        for value in itertools.islice(values, MOST_VALUES):
            if self._left <= 0:
                made.append(MORE)
                break
            made.append(self.value(value, depth + 1))
        return made


def _told(value: object) -> str:
    try:
        return str(value)
    except Exception as error:  # noqa: BLE001 (a line is no place to fail)
        return f"<{type(value).__name__} that cannot be told: {type(error).__name__}>"


def _text(text: str) -> str:
    """Return a text without secrets and lone surrogates, nor its middle if it is very long."""
    if len(text) > LONGEST_TEXT:
        half = LONGEST_TEXT // 2
        text = f"{text[:half]} … {len(text) - 2 * half} characters … {text[-half:]}"
    text = text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()
    return scrubber.text(text)
