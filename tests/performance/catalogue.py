"""A catalogue of any size: the corpus, and copies of it with altered text."""

import random
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

LEFT_OUT = 0.15  # share of the words that a copy loses
NOISE = 0.03  # standard deviation of what is added to each of an embedding's 384 numbers


def altered(record: dict[str, Any], *, copy: int) -> dict[str, Any]:
    """Return a series like this one under another accession: some words gone, sentences mixed."""
    chance = random.Random(f"{record['accession']}/{copy}")  # noqa: S311 (no secret)
    number = int(record["accession"][3:])
    texts = {
        field: _altered_text(record[field], chance)
        for field in ("title", "summary", "overall_design")
        if record.get(field)
    }
    own = {"accession": f"GSE{copy * 10_000_000 + number}"}
    return {name: value for name, value in record.items() if name != "samples"} | texts | own


def copies(records: Iterable[dict[str, Any]], *, how_many: int) -> Iterator[dict[str, Any]]:
    """Yield `how_many` altered series, going through the records again and again."""
    known = list(records)
    for place in range(how_many):
        copy, which = divmod(place, len(known))
        yield altered(known[which], copy=copy + 1)


def _altered_text(text: str, chance: random.Random) -> str:
    sentences = [part for part in text.split(". ") if part]
    chance.shuffle(sentences)
    words = ". ".join(sentences).split()
    return " ".join(word for word in words if chance.random() > LEFT_OUT) or text


def embed_copies() -> None:
    """Give each copy the embedding of its original with some noise, and build the index anew.

    To embed 240,000 texts would take hours; what is measured is the search among them.
    """
    with connection.cursor() as cursor:
        cursor.execute("set statement_timeout = 0; set maintenance_work_mem = '2GB'")
        cursor.execute("drop index if exists search_meaning")
        cursor.execute(
            "select accession, embedding::text from search_documents join datasets d"
            " on d.id = dataset_id where embedding is not null"
        )
        originals = {name: np.fromstring(vector[1:-1], sep=",") for name, vector in cursor}
        cursor.execute(
            "select dataset_id, accession from search_documents join datasets d"
            " on d.id = dataset_id where embedding is null"
        )
        waiting = cursor.fetchall()
        _store_noisy(waiting, originals)
        cursor.execute(
            "create index search_meaning on search_documents using hnsw"
            " (embedding halfvec_cosine_ops) with (m = 16, ef_construction = 64)"
        )
        cursor.execute("vacuum analyze search_documents")


def _store_noisy(waiting: list[tuple[Any, str]], originals: dict[str, NDArray[np.float64]]) -> None:
    chance = np.random.default_rng(1)
    with connection.cursor() as cursor:
        cursor.execute("create temporary table noisy (dataset_id uuid, embedding halfvec(384))")
        with cursor.copy("copy noisy from stdin") as out:
            for dataset_id, accession in waiting:
                original = originals[f"GSE{int(accession[3:]) % 10_000_000}"]
                vector = original + chance.normal(0, NOISE, original.size)
                out.write_row((dataset_id, "[" + ",".join(f"{x:.5f}" for x in vector) + "]"))
        cursor.execute(
            "update search_documents d set embedding = n.embedding"
            " from noisy n where n.dataset_id = d.dataset_id"
        )
        cursor.execute("drop table noisy")
