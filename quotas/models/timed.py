"""What all sums of requests have in common."""

from decimal import Decimal
from typing import Any

from django.db import models


class TookField(models.Field[int, int]):
    """How many requests fell into which bucket, as one number: see `quotas.durations`."""

    description = "How long requests took"

    def db_type(self, connection: Any) -> str:
        return "numeric"

    def from_db_value(self, value: Decimal | None, *_: Any) -> int | None:
        return None if value is None else int(value)

    def get_prep_value(self, value: Any) -> Decimal | None:
        return None if value is None else Decimal(value)


class Sent(models.Func):
    """A number as PostgreSQL sends it: `quotas.durations.counts_of` reads that."""

    function = "numeric_send"
    output_field = models.BinaryField()


class Timed(models.Model):
    """How long the requests took that a row sums."""

    took = TookField(default=0, db_default=0, editable=False)

    class Meta:
        abstract = True
