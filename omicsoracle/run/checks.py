"""What must hold before anything is started. Each refusal is one sentence that says what to do."""

import errno
import fcntl
import os
import shutil
import socket
from pathlib import Path
from typing import IO, Any

import psycopg
import redis
from django.conf import settings

from omicsoracle.embedded.errors import CannotStart

NEEDED_BYTES = 1 << 30
CONNECT_SECONDS = 3


def require_space(var: Path) -> None:
    """Refuse to start on a disk that is nearly full."""
    there = next(folder for folder in (var, *var.parents) if folder.exists())
    free = shutil.disk_usage(there).free
    if free < NEEDED_BYTES:
        raise CannotStart(
            f"Only {free / 1e9:.1f} GB are free where {var} lies, and "
            f"{NEEDED_BYTES / 1e9:.1f} GB are needed: make room, or set VAR_DIR to a folder "
            "elsewhere."
        )


def hold(var: Path) -> IO[str]:
    """Lock the folder for this run; the lock goes with the process, even after kill -9."""
    var.mkdir(parents=True, exist_ok=True)
    lock = (var / "run.lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        holder = lock.read().strip()
        lock.close()
        raise CannotStart(
            f"`make run` is already running on {var} (process {holder}): use that one, stop it, "
            "or set VAR_DIR and PORT to start another."
        ) from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def require_port(port: int, *, variable: str = "PORT") -> None:
    """Refuse a port that is another program's.

    :param variable: where it is set
    """
    if not 0 < port <= settings.LAST_PORT:
        raise CannotStart(
            f"{variable}={port} is no port: set {variable} to a number from 1 to {settings.LAST_PORT}."
        )
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            raise CannotStart(
                f"{variable}={port} is reserved for root: set {variable} to 1024 or more."
            ) from None
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise CannotStart(
                f"{variable} {port} is taken by another program: stop that, or choose another port, for "
                f"example `make run {variable}={port % settings.LAST_PORT + 1}`."
            ) from None


def require_postgres(database: dict[str, Any]) -> None:
    """Refuse a DATABASE_URL that leads nowhere. The password is not repeated."""
    if not str(database.get("ENGINE", "")).endswith("postgresql"):
        raise CannotStart("DATABASE_URL must begin with postgres://; nothing else will do.")
    transport = {k: v for k, v in database.get("OPTIONS", {}).items() if k.startswith("ssl")}
    try:
        psycopg.connect(
            host=database["HOST"],
            port=database["PORT"] or None,
            user=database["USER"],
            password=database["PASSWORD"],
            dbname=database["NAME"],
            connect_timeout=CONNECT_SECONDS,
            **transport,
        ).close()
    except psycopg.OperationalError as error:
        reason = str(error).strip().splitlines()[-1]
        raise CannotStart(
            f"DATABASE_URL leads to no PostgreSQL that answers ({reason}): correct it, or leave it "
            "out to have one started here."
        ) from None


def require_valkey(url: str) -> None:
    """Refuse a REDIS_URL that leads nowhere. The password is not repeated."""
    try:
        with redis.Redis.from_url(
            url, socket_timeout=CONNECT_SECONDS, socket_connect_timeout=CONNECT_SECONDS
        ) as client:
            client.ping()
    except (redis.RedisError, OSError, ValueError) as error:
        raise CannotStart(
            f"REDIS_URL leads to no Valkey or Redis that answers ({error}): correct it, or leave "
            "it out to have one started here."
        ) from None
