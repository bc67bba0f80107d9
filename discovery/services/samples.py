"""The samples of a series as a table, with their characteristics as columns."""

from collections.abc import Iterator
from itertools import chain

from django.db import connection
from django.db.models import BigIntegerField, QuerySet
from django.db.models.expressions import RawSQL

from common.cells import csv_lines
from discovery.models import Dataset, Sample

AT_ONCE = 500  # samples read from the database
FIXED = ("geo_id", "title", "source_name", "organisms", "platform")
READ_KEYS = """
select key from (
    select key, min(nth) as nth, count(*) as often
    from samples_datasets b join samples s on s.id = b.sample_id,
        jsonb_object_keys(s.attributes) with ordinality as one(key, nth)
    where b.dataset_id = %s group by key
) as counted order by often desc, nth, key
"""


def samples_of(dataset: Dataset) -> QuerySet[Sample]:
    """Return the samples, annotated with the `number` of their accession to order them by."""
    return Sample.objects.filter(datasets=dataset).annotate(number=_number())


def keys_of(dataset: Dataset) -> list[str]:
    """Return what is told of the samples, first what is told of most of them."""
    with connection.cursor() as cursor:
        cursor.execute(READ_KEYS, [dataset.id])
        return [key for (key,) in cursor.fetchall()]


def table_of(dataset: Dataset) -> Iterator[str]:
    """Yield the table as lines of CSV, the heading first; only some samples are in memory at once."""
    keys = keys_of(dataset)
    samples = samples_of(dataset).order_by(_number()).iterator(chunk_size=AT_ONCE)
    rows = (
        [
            sample.accession,
            sample.title,
            sample.source_name or "",
            "; ".join(sample.organisms),
            sample.platform or "",
            *(sample.attributes.get(key, "") for key in keys),
        ]
        for sample in samples
    )
    return csv_lines(chain([[*FIXED, *keys]], rows))


def _number() -> RawSQL:
    """Return what orders accessions: GSM9 comes before GSM10."""
    return RawSQL("substr(samples.accession, 4)::bigint", [], output_field=BigIntegerField())
