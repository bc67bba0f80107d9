"""Whether the search index can answer, for /health (named in settings)."""

from django.db import connection

from monitoring.health import Check

COUNTED = 1000  # waiting series; to count more would cost more than the number is worth


def search_index() -> Check:
    """Report the index: down without series, degraded while series wait for an embedding."""
    with connection.cursor() as cursor:
        cursor.execute("select exists (select from search_documents)")
        (filled,) = cursor.fetchone()
        cursor.execute(
            "select count(*) from (select from search_documents where embedding is null limit %s)",
            [COUNTED],
        )
        (waiting,) = cursor.fetchone()
    if not filled:
        return Check("down", "no series is indexed: run load_starter or load_datasets")
    if waiting:
        at_least = "at least " if waiting == COUNTED else ""
        return Check("degraded", f"{at_least}{waiting} series wait for an embedding")
    return Check("ok", "")
