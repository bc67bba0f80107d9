"""Questions, with what came back."""

from datetime import datetime
from typing import Self
from uuid import UUID

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchQuery, SearchVectorField
from django.db import models
from django.db.models import F, Func, Q, TextField, Value
from django.db.models.functions import Cast
from django.utils import timezone

from common.ids import uuid7
from history.models.own_words import TEXT_SEARCH, OwnWords, Says, own_query
from history.models.windows import MonthsInTurn


class AgentType(models.TextChoices):
    """Who was asked: an agent of `GET agents`, or several of them in a row."""

    QUERY = "query"
    SEARCH = "search"
    VALIDATE = "validate"
    SUMMARIZE = "summarize"
    REPORT = "report"
    WORKFLOW = "workflow"


class QueryHistoryQuerySet(models.QuerySet["QueryHistory"]):
    """Words that chain into a sentence."""

    def of(self, user_id: UUID | str) -> Self:
        return self.filter(user=user_id)

    def with_words(self, words: str) -> Self:
        """Return those whose question says this; each is looked at."""
        return self.filter(words=SearchQuery(words, config=TEXT_SEARCH, search_type="websearch"))

    def saying(self, words: str, *, of: UUID | str) -> Self:
        """Return somebody's whose question says this, as people write to a search engine.

        Its pages are read out of the newest months first.
        """
        saying = self.with_words(words)
        own = own_query(words, of=of)
        if own is None:
            return saying.of(of)
        # The cast keeps PostgreSQL from going through all that this person ever asked instead.
        asker = Cast("user", TextField())
        found = saying.alias(asker=asker).filter(Says(own), asker=str(of))
        found._iterable_class = MonthsInTurn  # noqa: SLF001 (as `values` sets its own)
        return found

    def asked_of(self, agent: str) -> Self:
        return self.filter(agent_type=agent)

    def since(self, moment: datetime) -> Self:
        return self.filter(created_at__gte=moment)

    def until(self, moment: datetime) -> Self:
        return self.filter(created_at__lt=moment)

    def newest_first(self) -> Self:
        """Order as the months lie: a page ends in the newest of them, and the others are not read."""
        return self.order_by("-created_at", "-pk")

    def listed(self) -> Self:
        """Leave in the database what lists do not show."""
        return self.defer("asked", "result", "words")


class QueryHistory(models.Model):
    """One call of an agent or workflow. Partitioned by month, and filled by `runner.keeping` alone.

    `asked` is the body that asks for the same again, `result` what `history.results` makes of the
    answer.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.DO_NOTHING,  # PostgreSQL itself deletes them with the user
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    query_text = models.TextField()
    agent_type = models.CharField(max_length=50, choices=AgentType.choices)
    asked = models.JSONField()
    result = models.JSONField(null=True)
    result_count = models.PositiveIntegerField(null=True)
    execution_time_ms = models.PositiveIntegerField()
    cached = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    words = models.GeneratedField(
        expression=Func(
            Value(TEXT_SEARCH),
            F("query_text"),
            function="to_tsvector",
            template="%(function)s('geo'::regconfig, query_text)",
        ),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects = QueryHistoryQuerySet.as_manager()

    class Meta:
        db_table = "query_history"
        verbose_name_plural = "query history"
        indexes = [
            models.Index(fields=["user", "-created_at", "-id"], name="query_history_by_user"),
            models.Index(
                fields=["user", "agent_type", "-created_at", "-id"], name="query_history_by_agent"
            ),
            GinIndex(OwnWords(), name="query_history_own_words", fastupdate=False),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(query_text=""), name="query_history_asks"),
            models.CheckConstraint(
                condition=Q(agent_type__in=AgentType.values), name="query_history_agent"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agent_type}: {self.query_text[:60]}"


class Clearing(models.Model):
    """When somebody deleted all of their history: what was asked before comes in no longer."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+"
    )
    at = models.DateTimeField()

    class Meta:
        db_table = "history_clearings"

    def __str__(self) -> str:
        return f"cleared at {self.at:%Y-%m-%d %H:%M}"
