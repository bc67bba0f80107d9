"""The ontologies in PostgreSQL: load them, look names up, walk from a term to what is above or below."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import connection, transaction

from discovery.models import OntologyRelease, OntologyTerm
from discovery.naming import HeldNames, StoredNames, ancestors_of
from discovery.ontologies import files

__all__ = ["HeldNames", "Loaded", "StoredNames", "ancestors_of", "descendants_of", "load"]

COPY_TERMS = """
copy ontology_terms (id, ontology, type, name, parents, ancestors, is_obsolete, replaced_by)
from stdin
"""
COPY_NAMES = "copy ontology_names (term_id, folded, written, kind, is_case_sensitive) from stdin"
DELETE_NAMES = """
delete from ontology_names using ontology_terms term where term.id = term_id and ontology = %s
"""
# GIN indexes are brought up to date at the end, all at once: in a tenth of the time.
IN_BULK = """
set local statement_timeout = 0;
set local gin_pending_list_limit = '1GB';
set local maintenance_work_mem = '128MB'
"""
# Words of four letters have too many neighbours to guess which one was meant; those of species
# and genes are no help.
COUNT_WORDS = """
insert into ontology_words (word, name_count)
select word, count(*)
from ontology_names name join ontology_terms term on term.id = term_id,
    regexp_split_to_table(lower(written), '[^a-z]+') as word
where kind in ('label', 'exact') and type not in ('gene', 'organism') and length(word) > 4
group by word
"""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of one file."""

    release: OntologyRelease
    is_news: bool


def load(
    *,
    at: datetime,
    folder: Path = files.DATA,
    on_progress: Callable[[Loaded], None] | None = None,
) -> list[Loaded]:
    """Load what is new, an ontology a transaction: questions see the old one until it is there.

    :raises DamagedFile: if a file is damaged; what came before it is loaded
    """
    done = []
    for release in files.releases(folder):
        done.append(_load(release, folder, at))
        if on_progress:
            on_progress(done[-1])
    if any(one.is_news for one in done):
        _count_words()
    return done


def descendants_of(id_: str) -> list[str]:
    """Return the terms that descend from a term, without itself."""
    return list(OntologyTerm.objects.below([id_]).values_list("id", flat=True))


def _load(release: files.Release, folder: Path, at: datetime) -> Loaded:
    stored = OntologyRelease.objects.filter(name=release.name, digest=release.digest).first()
    if stored is not None:
        return Loaded(stored, is_news=False)
    rows = {part: files.copied(release, part, folder) for part in files.PARTS}
    with transaction.atomic(), connection.cursor() as cursor:
        # Two loads of one ontology come one after the other.
        cursor.execute("select pg_advisory_xact_lock(hashtext('ontology_terms'))")
        cursor.execute(IN_BULK)
        cursor.execute(DELETE_NAMES, [release.name])
        cursor.execute("delete from ontology_terms where ontology = %s", [release.name])
        stored, _ = OntologyRelease.objects.update_or_create(
            name=release.name,
            defaults={
                "version": release.version,
                "source": release.source,
                "digest": release.digest,
                "term_count": release.term_count,
                "name_count": release.name_count,
                "loaded_at": at,
            },
        )
        for part, command in (("terms", COPY_TERMS), ("names", COPY_NAMES)):
            with cursor.copy(command) as copy:
                copy.write(rows[part])
    return Loaded(stored, is_news=True)


def _count_words() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(IN_BULK)
        cursor.execute("delete from ontology_words")
        cursor.execute(COUNT_WORDS)
        cursor.execute("select gin_clean_pending_list('ontology_descent')")
        cursor.execute("select gin_clean_pending_list('ontology_word_like')")
        cursor.execute("analyze ontology_names, ontology_terms (id, type), ontology_words")
