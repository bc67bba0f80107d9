"""A mail server on loopback that takes mail, and misbehaves as it is told to."""

import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

HOST = "127.0.0.1"
MESSAGE = "message"  # in `answers`, `hang_at` and `drop_at`: the end of what follows DATA
CONNECT = "connect"  # the same: when somebody connects


@dataclass(frozen=True)
class Received:
    """One mail that the server said it will deliver."""

    sender: str
    recipients: list[str]
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        parsed = message_from_bytes(self.raw, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed

    def text(self) -> str:
        return self._part("plain")

    def html(self) -> str:
        return self._part("html")

    def _part(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        assert part is not None
        return str(part.get_content()).replace("\r\n", "\n")


@dataclass
class Smtp:
    """What the server has received, and how it is to behave. It keeps its port while it is down.

    :param refused: answers to RCPT, by address
    :param answers: answers to other commands than it would give, by command
    :param hang_at: commands after which it says nothing more
    :param drop_at: commands after which it hangs up
    :param before_answer: called with each command before it is answered
    """

    port: int = 0
    mails: list[Received] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    hang_at: set[str] = field(default_factory=set)
    drop_at: set[str] = field(default_factory=set)
    before_answer: Callable[[str], None] = lambda _: None
    _server: "_Server | None" = None
    _thread: threading.Thread | None = None

    def up(self) -> None:
        """Listen, on the same port as before."""
        self._server = _Server((HOST, self.port), _Conversation)
        self._server.told = self
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def down(self) -> None:
        """Refuse connections, and end those that there are."""
        if self._server is None or self._thread is None:
            return
        self._server.ending.set()
        self._server.shutdown()
        self._thread.join()
        for connection in set(self._server.conversations):
            with suppress(OSError):  # over already
                connection.shutdown(socket.SHUT_RDWR)
        self._server.server_close()
        self._server = None

    @property
    def connections(self) -> int:
        return self.commands.count(CONNECT)

    def addresses(self) -> list[str]:
        return [address for mail in self.mails for address in mail.recipients]


@contextmanager
def running() -> Iterator[Smtp]:
    server = Smtp()
    server.up()
    try:
        yield server
    finally:
        server.down()


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    told: Smtp

    def __init__(self, *given) -> None:
        self.ending = threading.Event()
        self.conversations: set[socket.socket] = set()
        super().__init__(*given)


class _HungUp(Exception):
    """The server ends the conversation."""


class _Conversation(socketserver.StreamRequestHandler):
    """One connection."""

    server: _Server
    sender = ""
    recipients: tuple[str, ...] = ()

    def handle(self) -> None:
        self.connection.settimeout(20)
        self.server.conversations.add(self.connection)
        with suppress(_HungUp, OSError):
            self._answer(CONNECT, "220 fake at your service")
            while line := self.rfile.readline():
                self._obey(line.decode().strip())
        self.server.conversations.discard(self.connection)

    def _obey(self, line: str) -> None:
        verb, _, rest = line.partition(" ")
        match verb.upper():
            case "EHLO":
                self._answer("EHLO", "250-fake\r\n250 8BITMIME")
            case "MAIL":
                self.sender, self.recipients = _address(rest), ()
                self._answer("MAIL", "250 go on")
            case "RCPT":
                self._recipient(_address(rest))
            case "DATA":
                if self._answer("DATA", "354 end it with a dot"):
                    self._message()
            case "QUIT":
                self._answer("QUIT", "221 good-bye")
                raise _HungUp
            case "RSET" | "NOOP":
                self._answer(verb.upper(), "250 fine")
            case _:
                self._answer(verb, "502 what?")

    def _recipient(self, address: str) -> None:
        refusal = self.server.told.refused.get(address)
        if refusal is None:
            self.recipients = (*self.recipients, address)
        self._answer("RCPT", refusal or "250 go on")

    def _message(self) -> None:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                raise _HungUp
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        received = Received(self.sender, list(self.recipients), b"".join(lines))
        if self._is_fine(MESSAGE):
            self.server.told.mails.append(received)
        self._answer(MESSAGE, "250 taken")

    def _is_fine(self, command: str) -> bool:
        told = self.server.told
        return command not in told.hang_at | told.drop_at | told.answers.keys()

    def _answer(self, command: str, answer: str) -> bool:
        """Say what the server was told to say, if anything; return whether it was the usual."""
        told = self.server.told
        told.commands.append(command)
        told.before_answer(command)
        if command in told.hang_at:
            self.server.ending.wait(20)
            raise _HungUp
        if command in told.drop_at:
            raise _HungUp
        self.wfile.write((told.answers.get(command, answer) + "\r\n").encode())
        return command not in told.answers


def _address(argument: str) -> str:
    """Return the address in `FROM:<ada@example.org> size=3`."""
    return argument.partition("<")[2].rpartition(">")[0]
