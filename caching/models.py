"""The third level, what was invalidated, and what happened in the cache."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils import timezone

from common.ids import uuid7


class JSONText(models.TextField[str, str]):
    """JSON that comes back byte for byte: PostgreSQL's `json`, for `jsonb` writes it anew."""

    def db_type(self, connection: object) -> str:
        return "json"


class SearchCache(models.Model):
    """An answer in the third level. Read and written by `caching.stored` alone."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    query_hash = models.CharField(max_length=64, unique=True)  # SHA-256 of the key
    namespace = models.CharField(max_length=40)
    query_text = models.TextField()
    results = JSONText()
    envelope = models.TextField()  # its first line, as in the other levels
    tags = ArrayField(models.TextField(), default=list)
    seen = models.BigIntegerField()  # the newest invalidation that its maker knew of
    bytes = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    accessed_at = models.DateTimeField(default=timezone.now)
    access_count = models.PositiveIntegerField(default=1)

    class Meta:
        db_table = "search_cache"
        verbose_name = "cached answer"
        indexes = [
            GinIndex(fields=["tags"], name="search_cache_tags", fastupdate=False),
            models.Index(fields=["expires_at"], name="search_cache_expiry"),
            models.Index(fields=["namespace"], name="search_cache_namespace"),
            models.Index(fields=["access_count", "accessed_at"], name="search_cache_least_used"),
        ]

    def __str__(self) -> str:
        return f"{self.namespace} {self.query_text[:60]}"


class Invalidation(models.Model):
    """Something that is good no longer. Numbered in the order in which the rows become visible."""

    id = models.BigAutoField(primary_key=True)
    scope = models.TextField()  # as `caching.ledger` spells them
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "cache_invalidations"

    def __str__(self) -> str:
        return f"#{self.pk} {self.scope}"


class Statistic(models.Model):
    """How often something happened in an hour, over all processes."""

    id = models.BigAutoField(primary_key=True)
    hour = models.DateTimeField()
    level = models.CharField(max_length=2)
    namespace = models.CharField(max_length=40, blank=True)
    event = models.CharField(max_length=10)
    amount = models.BigIntegerField()

    class Meta:
        db_table = "cache_statistics"
        constraints = [
            models.UniqueConstraint(
                fields=["hour", "level", "namespace", "event"], name="cache_statistic_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.hour:%F %H} {self.level} {self.namespace} {self.event}: {self.amount}"


class Holding(models.Model):
    """What one process has in its memory. One that reports no more is gone."""

    process = models.UUIDField(primary_key=True)
    entries = models.PositiveIntegerField()
    bytes = models.BigIntegerField()
    seen_at = models.DateTimeField()

    class Meta:
        db_table = "cache_holdings"

    def __str__(self) -> str:
        return f"{self.process}: {self.entries} entries"


class Use(models.Model):
    """Whom an answer was given to: what somebody may clear for themselves."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    query_hash = models.CharField(max_length=64)
    key = models.TextField(default="", db_default="")  # as the other levels spell it
    namespace = models.CharField(max_length=40)
    used_at = models.DateTimeField()

    class Meta:
        db_table = "cache_uses"
        constraints = [
            models.UniqueConstraint(fields=["user", "query_hash"], name="cache_use_once")
        ]
        indexes = [models.Index(fields=["used_at"], name="cache_use_age")]

    def __str__(self) -> str:
        return f"{self.namespace} {self.query_hash[:12]} by {self.user_id}"


class Demand(models.Model):
    """How often something was asked on a day, whoever asked: what warming begins with."""

    id = models.BigAutoField(primary_key=True)
    day = models.DateField()
    digest = models.CharField(max_length=64)
    parameters = models.JSONField()
    asked = models.BigIntegerField()

    class Meta:
        db_table = "cache_demand"
        constraints = [models.UniqueConstraint(fields=["day", "digest"], name="cache_demand_once")]

    def __str__(self) -> str:
        return f"{self.day}: {self.asked} times {self.parameters}"


class Warming(models.Model):
    """Answers to be made before somebody asks, in their order, and how far that is."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    wanted = models.JSONField()  # parameters, each as in `Demand`
    done = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "cache_warmings"
        indexes = [
            models.Index(
                fields=["id"], name="cache_warming_waiting", condition=Q(finished_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.done} of {self.total}"

    @property
    def total(self) -> int:
        return len(self.wanted)
