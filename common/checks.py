"""What `manage.py check --database default` says of the connections; `migrate` says it, too."""

from collections.abc import Sequence

from django.conf import settings
from django.core import checks
from django.db import DatabaseError, connections
from django.db.utils import DEFAULT_DB_ALIAS

FOR_OPERATORS = 10  # connections that are left for backups, replicas, and who looks what is wrong
ROOM = "select setting::int from pg_settings where name = 'max_connections'"


def enough_connections(
    *, databases: Sequence[str] | None = None, **_: object
) -> list[checks.CheckMessage]:
    """Warn if all pools together may want more connections than PostgreSQL gives."""
    if DEFAULT_DB_ALIAS not in (databases or ()):
        return []
    try:
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            cursor.execute(ROOM)
            (room,) = cursor.fetchone() or (0,)
    except DatabaseError:
        return []  # who needs it will say so
    wanted = settings.DATABASE_POOLS * pool_size() + settings.DATABASE_OTHER_CONNECTIONS
    if wanted <= room - FOR_OPERATORS:
        return []
    return [
        checks.Warning(
            f"Web servers and workers may open {wanted} connections, and PostgreSQL gives {room}, "
            f"of which {FOR_OPERATORS} should stay free.",
            hint="Raise max_connections, or lower WEB_THREADS or WEB_WORKERS.",
            id="common.W001",
        )
    ]


def pool_size() -> int:
    """Return how many connections a process of the web server may have."""
    return int(settings.DATABASE_POOL_SIZE or settings.WEB_THREADS + settings.SPARE_CONNECTIONS)
