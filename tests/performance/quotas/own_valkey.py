"""A Valkey that can be hurt, and a proxy in front of it that can be too."""

import asyncio
import contextlib
import multiprocessing
import shutil
import signal
from collections.abc import Mapping
from enum import IntEnum
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

import redis
from django.conf import settings

from omicsoracle.embedded import valkey
from omicsoracle.embedded.processes import Home, Server, spawn, wait_until

LATENCY = 0.2  # seconds that the slow proxy holds back each reply
RECEIVED = 65_536


class Way(IntEnum):
    """How replies get back."""

    AT_ONCE, LATE, CUT = range(3)


class OwnValkey:
    """A server on a socket of its own. The web servers' socket is the proxy's."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._folder = settings.VAR_DIR / "valkey-hurt"
        self.socket = settings.SOCKET_DIR / "real.sock"
        self._server: Server | None = None
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)

    def start(self, *, is_kept: bool) -> None:
        options = {
            **valkey.OPTIONS,
            "port": "0",
            "unixsocket": str(self.socket),
            "dir": str(self._folder),
            "appendonly": "yes" if is_kept else "no",
        }
        self._server = spawn(
            self._home, "valkey-hurt", _command(options), stop_signal=signal.SIGTERM
        )
        wait_until(self._home, self._answers, self._server)

    def stop(self) -> None:
        if self._server is not None:
            self.signal(signal.SIGCONT)
            self._server.stop()

    def kill(self) -> None:
        if self._server is not None:
            self._server.process.kill()
            self._server.process.wait()
            self._server.stop()

    def signal(self, number: signal.Signals) -> None:
        if self._server is not None and self._server.process.poll() is None:
            self._server.process.send_signal(number)

    def client(self) -> redis.Redis:
        return redis.Redis(unix_socket_path=str(self.socket), socket_timeout=5)

    def _answers(self) -> bool:
        with contextlib.suppress(redis.RedisError), self.client() as client:
            return bool(client.ping())
        return False


def _command(options: Mapping[str, str]) -> list[str]:
    pairs = [(f"--{name}", value) for name, value in options.items()]
    return [str(valkey._program()), *(word for pair in pairs for word in pair)]


class Proxy:
    """Listens where the web servers look for Valkey; a process of its own."""

    def __init__(self, target: Path) -> None:
        context = multiprocessing.get_context("spawn")
        self._way = context.Value("i", Way.AT_ONCE)
        socket = settings.SOCKET_DIR / "valkey.sock"
        self._process = context.Process(
            target=serve, args=[str(socket), str(target), self._way], daemon=True
        )
        self._process.start()

    def send_replies(self, way: Way) -> None:
        self._way.value = way

    def stop(self) -> None:
        self._process.terminate()
        self._process.join()


def serve(socket: str, target: str, way: "Synchronized[int]") -> None:
    """Pass everything on until the process is ended."""
    Path(socket).unlink(missing_ok=True)
    asyncio.run(_serve(socket, target, way))


async def _serve(socket: str, target: str, way: "Synchronized[int]") -> None:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there = await asyncio.open_unix_connection(target)
        except OSError:
            writer.close()
            return
        ways = (_questions(reader, there[1]), _replies(there[0], writer, way))
        await asyncio.gather(*ways, return_exceptions=True)

    async with await asyncio.start_unix_server(connected, socket) as server:
        await server.serve_forever()


async def _questions(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(RECEIVED):
            writer.write(data)
    writer.close()


async def _replies(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: "Synchronized[int]"
) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(RECEIVED):
            if way.value == Way.LATE:
                await asyncio.sleep(LATENCY)
            if way.value == Way.CUT:
                writer.write(data[: len(data) // 2])
                break
            writer.write(data)
    writer.close()
