"""Looks at the locks of one connection while the block lasts."""

import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg
from django.db import connection

# From what stops least to what stops most; weaker ones stop nobody who reads or writes.
STRONG = ("ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock")
PAUSE = 0.001  # seconds between two looks
LOCKS = """
select c.relname, l.mode from pg_locks l join pg_class c on c.oid = l.relation
where l.pid = %s and l.granted and l.mode = any(%s) and c.relkind in ('r', 'p')
"""
TABLES = """
select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'public' and c.relkind in ('r', 'p')
"""


@dataclass(slots=True)
class Held:
    """How many milliseconds each table was held under each lock, as it was seen: one stretch, the longest."""

    longest: dict[tuple[str, str], float] = field(default_factory=dict)
    _since: dict[tuple[str, str], float] = field(default_factory=dict)

    def saw(self, locks: set[tuple[str, str]], at: float) -> None:
        for lock in [*self._since]:
            if lock not in locks:
                del self._since[lock]
        for lock in locks:
            since = self._since.setdefault(lock, at)
            took = (at - since) * 1000
            self.longest[lock] = max(self.longest.get(lock, 0), took)

    def strongest(self) -> str:
        """Tell of the strongest lock that was seen, on the table that was held longest."""
        by_mode: dict[str, list[tuple[float, str]]] = defaultdict(list)
        for (table, mode), took in self.longest.items():
            by_mode[mode].append((took, table))
        for mode in reversed(STRONG):
            if mode in by_mode:
                took, table = max(by_mode[mode])
                return f"{mode.removesuffix('Lock')} on `{table}`, {took:.0f} ms"
        return "none"


def tables_with_rows() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        names = [name for (name,) in cursor.fetchall()]
        some = " union all ".join(
            f"select '{name}' where exists (select from \"{name}\")"  # noqa: S608 (names of tables)
            for name in names
        )
        cursor.execute(some)
        return {name for (name,) in cursor.fetchall()}


@contextmanager
def watched(tables: set[str]) -> Iterator[Held]:
    """Yield what the tables were held under by our connection, whole when the block ends."""
    held, is_over = Held(), threading.Event()
    with connection.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        (pid,) = cursor.fetchone()
    settings = connection.settings_dict
    where = f"host={settings['HOST']} port={settings['PORT']} user={settings['USER']}"

    def look() -> None:
        with psycopg.connect(f"{where} dbname={settings['NAME']}", autocommit=True) as other:
            while not is_over.is_set():
                found = other.execute(LOCKS, [pid, list(STRONG)]).fetchall()
                held.saw({one for one in found if one[0] in tables}, time.perf_counter())
                time.sleep(PAUSE)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield held
    finally:
        is_over.set()
        watcher.join()
