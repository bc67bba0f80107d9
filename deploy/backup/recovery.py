"""A server that recovers: it reads the log out of the repository up to a moment, and is checked."""

import contextlib
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from deploy.backup import programs
from deploy.backup.errors import BackupError
from deploy.backup.settings import PROJECT, Settings, environment

LOOK_AGAIN = 0.1  # seconds
HOURS = 6 * 3600
CONFIGURATION = {
    "postgresql.conf": "",
    "pg_ident.conf": "",
}  # made if it lies elsewhere, as in Debian


class Recovery:
    """PostgreSQL on a data folder, reachable only through a socket that is ours."""

    def __init__(
        self, settings: Settings, data: Path, *, to: datetime | None, owner: dict[str, Any]
    ) -> None:
        self._settings, self._data, self._to, self._owner = settings, data, to, owner
        self._user = settings.connection.get("PGUSER", "postgres")

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Recover, and keep the server while the block lasts.

        :raises BackupError: if what is wanted is not reached
        """
        with tempfile.TemporaryDirectory(prefix="oo-") as sockets:
            self._sockets = Path(sockets)
            with self._configured(), self._started() as process:
                self._wait(process)
                yield

    def check(self) -> None:
        """Look at every table and index, and whether each row is found by its index.

        :raises BackupError: if something is wrong
        """
        databases = self._ask("postgres", "select datname from pg_database where datallowconn")
        asked = "select count(*) from pg_extension where extname = 'amcheck'"
        without = [one for one in databases.split() if self._ask(one, asked).strip() == "0"]
        programs.run(self._here(), "pg_amcheck", "--all", "--heapallindexed", "--install-missing")
        for database in without:
            self._ask(database, "drop extension amcheck")

    @contextlib.contextmanager
    def _configured(self) -> Iterator[None]:
        """Put what recovery needs into the folder, and take away what was not there."""
        made = [self._data / name for name in CONFIGURATION if not (self._data / name).exists()]
        for file in made:
            file.write_text(CONFIGURATION[file.name])
        (self._data / "recovery.signal").touch()
        (self._sockets / "pg_hba.conf").write_text("local all all trust\n")
        for folder in (self._data, self._sockets):
            programs.hand_over(folder, self._owner)
        if self._owner:
            os.chown(self._data.parent, self._owner["user"], self._owner["group"])
        yield
        for file in made:
            file.unlink()

    @contextlib.contextmanager
    def _started(self) -> Iterator["subprocess.Popen[bytes]"]:
        with (self._sockets / "log").open("wb") as log:
            process = subprocess.Popen(
                [str(self._settings.programs / "postgres"), *self._options()],
                env=environment(**self._settings.variables()),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **self._owner,
            )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGINT)  # a fast shutdown
            process.wait()

    def _options(self) -> list[str]:
        script = PROJECT / "deploy" / "scripts" / "restore"
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self._sockets),
            "port": "5432",
            "hba_file": str(self._sockets / "pg_hba.conf"),
            "archive_mode": "off",
            "hot_standby": "off",  # whoever gets in before the end would see too little
            "logging_collector": "off",
            "log_destination": "stderr",
            "ssl": "off",
            "shared_preload_libraries": "",
            "restore_command": f'BACKUP_PYTHON={shlex.quote(sys.executable)} {script} fetch %f "%p"',
            "recovery_target_timeline": "latest",
            "recovery_target_action": "promote",
        }
        if self._to:
            options["recovery_target_time"] = f"{self._to.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f+00}"
        return ["-D", str(self._data), *(f"-c{name}={value}" for name, value in options.items())]

    def _wait(self, process: "subprocess.Popen[bytes]") -> None:
        until = time.monotonic() + HOURS
        while process.poll() is None and time.monotonic() < until:
            with contextlib.suppress(BackupError):
                self._ask("postgres", "select 1")
                return
            time.sleep(LOOK_AGAIN)
        raise BackupError(f"PostgreSQL could not recover: {self._reason()}")

    def _reason(self) -> str:
        lines = (self._sockets / "log").read_text(errors="replace").splitlines()
        telling = [line for line in lines if "FATAL" in line or "PANIC" in line]
        if any("recovery ended before configured recovery target" in line for line in telling):
            return (
                "the log in the repository ends before the moment that was asked for: a segment is "
                "missing, or nothing was archived so late."
            )
        return (telling or lines or ["it gave no reason"])[-1]

    def _ask(self, database: str, question: str) -> str:
        return programs.run(self._here(), "psql", "-XAt", f"--dbname={database}", "-c", question)

    def _here(self) -> Settings:
        connection = {"PGHOST": str(self._sockets), "PGPORT": "5432", "PGUSER": self._user}
        return replace(self._settings, connection=connection)
