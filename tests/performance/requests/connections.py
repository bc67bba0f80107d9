"""Raw HTTP/1.1 connections of one thread: little but the server may cost anything here."""

import re
import select
import socket
from collections.abc import Iterator

LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
CHUNKED = re.compile(rb"(?i)\r\ntransfer-encoding: *chunked")
RECEIVED = 65_536
LOST = 0  # the status of a request whose connection broke


class Connection:
    """A connection, and when the request that is under way was due; None if none is.

    `head` is that of the last whole answer.
    """

    __slots__ = ("_buffer", "_port", "due", "head", "socket")

    def __init__(self, port: int) -> None:
        self._port = port
        self.due: float | None = None
        self.head = b""
        self.connect()

    def connect(self) -> None:
        self._buffer = b""
        self.socket = socket.create_connection(("127.0.0.1", self._port), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.settimeout(0)

    def send(self, request: bytes, due: float) -> None:
        self.due = due
        self.socket.send(request)

    def receive(self) -> int | None:
        """Return the status once the answer is whole, `LOST` if none will come."""
        try:
            received = self.socket.recv(RECEIVED)
        except OSError:
            return LOST
        if not received:
            return LOST
        self._buffer = self._buffer + received if self._buffer else received
        if not is_whole(self._buffer):
            return None
        self.head = self._buffer[: self._buffer.find(b"\r\n\r\n")]
        status, self._buffer = int(self._buffer[9:12]), b""
        return status


def is_whole(answer: bytes) -> bool:
    """Say whether all of an answer is here, by its length or by its last chunk."""
    end = answer.find(b"\r\n\r\n")
    if end < 0:
        return False
    if found := LENGTH.search(answer, 0, end + 2):
        return len(answer) >= end + 4 + int(found[1])
    if CHUNKED.search(answer, 0, end + 2):
        return answer.endswith(b"\r\n0\r\n\r\n")
    return True


class Pool:
    """Connections to one server, and which of them have something to read."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._poll = select.epoll()
        self.all: dict[int, Connection] = {}

    def open(self) -> Connection:
        connection = Connection(self._port)
        self._add(connection)
        return connection

    def answers(self, timeout: float) -> Iterator[tuple[Connection, int]]:
        """Yield who has an answer, with its status."""
        for number, _ in self._poll.poll(max(0.0, timeout)):
            connection = self.all[number]
            status = connection.receive()
            if status == LOST:
                self.lost(number)
            if status is not None:
                yield connection, status

    def lost(self, number: int) -> None:
        """Open a broken connection anew."""
        connection = self.all.pop(number)
        self._poll.unregister(number)
        connection.socket.close()
        connection.connect()
        self._add(connection)

    def close(self) -> None:
        for connection in self.all.values():
            connection.socket.close()
        self._poll.close()

    def _add(self, connection: Connection) -> None:
        self.all[connection.socket.fileno()] = connection
        self._poll.register(connection.socket.fileno(), select.EPOLLIN)
