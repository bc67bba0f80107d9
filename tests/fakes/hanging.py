"""A server that takes what it is asked and never answers."""

import contextlib
import socket
from types import TracebackType
from typing import Self


class HangingServer:
    """Listens on loopback while the block lasts."""

    def __enter__(self) -> Self:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.settimeout(0)
        self._asking: list[socket.socket] = []
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        for one in (*self._asking, self._socket):
            one.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}/"

    def is_asked(self) -> bool:
        """Say whether somebody waits for an answer."""
        with contextlib.suppress(BlockingIOError):
            self._asking.append(self._socket.accept()[0])
        return bool(self._asking)
