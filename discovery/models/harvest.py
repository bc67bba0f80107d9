"""What was fetched from NCBI, and how far."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from common.ids import uuid7


class Harvest(models.Model):
    """A list of series at NCBI on its way into the catalogue; whoever goes on, goes on at `position`."""

    class Kind(models.TextChoices):
        """Why it was begun."""

        QUERY = "query", "somebody asked for what a query finds"
        REFRESH = "refresh", "what changed at GEO since the last refresh"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    # In Entrez's language, without the restriction to series.
    query = models.CharField(max_length=500)
    at_most = models.PositiveIntegerField(null=True, blank=True)
    is_full = models.BooleanField(default=False)  # whether whole records are fetched too
    # Where NCBI keeps the list; it forgets after some hours.
    web_env = models.TextField(blank=True, default="")
    query_key = models.CharField(max_length=20, blank=True, default="")
    found = models.PositiveIntegerField(null=True, blank=True)
    position = models.PositiveIntegerField(default=0)
    added = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    last_error = models.TextField(blank=True, default="")
    started_at = models.DateTimeField(default=timezone.now)
    touched_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "harvests"
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "query"],
                condition=Q(finished_at=None),
                name="harvest_goes_on_before_it_begins_again",
            ),
            models.CheckConstraint(condition=~Q(query=""), name="harvest_asks_something"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.query[:60]}"

    @property
    def goal(self) -> int | None:
        """How many series are to be read; None before NCBI said how many there are."""
        if self.found is None or self.at_most is None:
            return self.found
        return min(self.found, self.at_most)
