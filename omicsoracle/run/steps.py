"""Shows what is being done and how long it took."""

import contextlib
import io
import os
import time
from collections.abc import Iterator
from typing import TextIO

from rich.console import Console, RenderableType
from rich.markup import escape
from rich.status import Status


class Lasting(io.TextIOBase):
    """A stream that outlives its reader: what nobody reads any more is dropped."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write at once, or not at all."""
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:  # a closed terminal or pipe
            self._write_to_nobody()
        return len(text)

    def isatty(self) -> bool:
        return self._stream.isatty()

    def fileno(self) -> int:
        return self._stream.fileno()

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._stream.encoding

    def _write_to_nobody(self) -> None:
        with contextlib.suppress(OSError):
            nobody = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nobody, self._stream.fileno())
            os.close(nobody)


class Steps:
    """Writes to whoever ran us."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status: Status | None = None
        self._name = ""

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Name a step while it is being done; write its seconds when it is."""
        started = time.monotonic()
        self._name = name
        with self._console.status(f"{escape(name)} …") as self._status:
            yield
        self._status = None
        self.write(f"  {name:<28}{time.monotonic() - started:6.1f} s")

    def tell(self, text: str) -> None:
        """Say something in between."""
        if self._status is not None:
            self._status.update(f"{escape(self._name)} … {escape(text)}")
        if self._status is None or not self._console.is_terminal:
            self.write(f"  {text}")

    def write(self, text: str) -> None:
        """Write plain lines; a long one is not broken, so that it can be copied."""
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def show(self, what: RenderableType) -> None:
        """Draw a table or the like."""
        self._console.print(what)
