"""Connections of the web server to PostgreSQL: none is waited for longer than a caller would.

A server that is stalled does not answer, and cannot end a statement either: so the client does.
"""

import time
from typing import Any, Self

import psycopg
from psycopg.abc import PQGen
from psycopg.errors import _WaitTimeout
from psycopg.pq import ConnStatus
from psycopg_pool import ConnectionPool

# Longer than the web server's statement_timeout, which says more; together within five seconds.
PATIENCE = 4.5
RESTART = 2.0  # seconds that a server may take to start again
PAUSE = 0.05
REPLACE_EVERY = 0.5
POOL = {"timeout": RESTART, "max_lifetime": 1800, "reconnect_timeout": 0.1}


class _Server:
    """What this process last heard of the server."""

    is_silent = False
    replaced_at = 0.0


class Stalled(psycopg.OperationalError):
    """The server is there, and does not answer."""


class PatientConnection(psycopg.Connection[Any]):
    """A connection that is tried again while the server starts, and given up if it is stalled.

    When one is lost the others of its pool are, too: they are replaced before anybody gets them.
    """

    @classmethod
    def connect(cls, conninfo: str = "", **options: Any) -> Self:
        """Connect, within `RESTART` if the server is not there at first.

        :raises psycopg.OperationalError: if it is not there in time, or refuses
        """
        until = time.monotonic() + RESTART
        while True:
            try:
                return super().connect(conninfo, **options)
            except psycopg.OperationalError:
                if time.monotonic() + PAUSE > until:
                    _Server.is_silent = True
                    raise
            time.sleep(PAUSE)

    def wait(self, gen: PQGen[Any], interval: float = 0.1, timeout: float | None = None) -> Any:
        """Wait for an answer, and close the connection if none comes.

        :raises Stalled: then
        :raises psycopg.OperationalError: if the connection is lost
        """
        if timeout is not None:
            return super().wait(gen, interval, timeout)
        try:
            answer = super().wait(gen, interval, PATIENCE)
        except _WaitTimeout as error:
            _Server.is_silent = True
            self.pgconn.finish()
            self._replace_others()
            raise Stalled("PostgreSQL does not answer") from error
        except psycopg.OperationalError:
            if self.pgconn.status != ConnStatus.OK:
                self._replace_others()
            raise
        _Server.is_silent = False
        return answer

    def _replace_others(self) -> None:
        """Have the pool replace all that it has, unless it has just done so."""
        pool, now = self._pool, time.monotonic()
        if isinstance(pool, ConnectionPool) and now - _Server.replaced_at > REPLACE_EVERY:
            _Server.replaced_at = now
            pool.drain()


def is_silent() -> bool:
    """Say whether the last that was waited for here, an answer or a connection, did not come."""
    return _Server.is_silent
