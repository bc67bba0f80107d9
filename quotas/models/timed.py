"""What all sums of requests have in common."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Timed(models.Model):
    """How long the requests took that a row sums: how many fell into which bucket (`quotas.durations`)."""

    took_buckets = ArrayField(models.SmallIntegerField(), default=list, db_default=[])
    took_counts = ArrayField(models.BigIntegerField(), default=list, db_default=[])

    class Meta:
        abstract = True
