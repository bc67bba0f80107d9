"""What was used: a row a request, and sums of hours, days and months."""

from django.conf import settings
from django.db import models

from common.ids import uuid7
from quotas.models.timed import Timed


class UsageLog(models.Model):
    """One request that was counted. Partitioned by month, and filled in bulk: see `runner.storing`.

    The id is made when the request is answered, so that a row that comes twice is stored once.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.DO_NOTHING,  # PostgreSQL itself sets it to null
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    api_key_id = models.UUIDField(null=True)
    endpoint = models.CharField(max_length=255)
    method = models.CharField(max_length=10)
    status_code = models.IntegerField()
    execution_time_ms = models.IntegerField()
    cost = models.IntegerField(default=1)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "usage_logs"
        indexes = [models.Index(fields=["user", "-created_at"], name="usage_by_user")]

    def __str__(self) -> str:
        return f"{self.method} {self.endpoint} {self.status_code} {self.created_at:%Y-%m-%d %H:%M}"


class UsageHour(Timed):
    """The sums of one hour. They are made with the rows that they sum, in one statement."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, db_index=False, related_name="+"
    )
    hour = models.DateTimeField()
    endpoint = models.CharField(max_length=255)
    method = models.CharField(max_length=10)
    status_code = models.IntegerField()
    requests = models.BigIntegerField()
    cost = models.BigIntegerField()
    total_ms = models.BigIntegerField()

    class Meta:
        db_table = "usage_hourly"
        indexes = [models.Index(fields=["hour"], name="usage_hour_by_hour")]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "hour", "endpoint", "method", "status_code"],
                name="usage_hour_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H:00} {self.method} {self.endpoint}: {self.requests}"


class UsageDay(Timed):
    """The sums of one user's day (UTC), made as those of the hours are."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, db_index=False, related_name="+"
    )
    day = models.DateField()
    requests = models.BigIntegerField()
    errors = models.BigIntegerField(default=0, db_default=0)
    cost = models.BigIntegerField()

    class Meta:
        db_table = "usage_daily"
        constraints = [models.UniqueConstraint(fields=["user", "day"], name="usage_day_once")]

    def __str__(self) -> str:
        return f"{self.day}: {self.requests}"


class UsageDayKind(Timed):
    """The sums of one kind of call in one user's day (UTC): what is left of ranges beside whole months."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, db_index=False, related_name="+"
    )
    day = models.DateField()
    endpoint = models.CharField(max_length=255)
    method = models.CharField(max_length=10)
    status_code = models.IntegerField()
    requests = models.BigIntegerField()

    class Meta:
        db_table = "usage_daily_kinds"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "day", "endpoint", "method", "status_code"],
                name="usage_day_kind_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.method} {self.endpoint}: {self.requests}"


class UsageMonth(Timed):
    """The sums of one user's month (UTC): what long spans are told from."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, db_index=False, related_name="+"
    )
    month = models.DateField()
    endpoint = models.CharField(max_length=255)
    method = models.CharField(max_length=10)
    status_code = models.IntegerField()
    requests = models.BigIntegerField()
    cost = models.BigIntegerField()

    class Meta:
        db_table = "usage_monthly"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "month", "endpoint", "method", "status_code"],
                name="usage_month_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.method} {self.endpoint}: {self.requests}"


class ActiveMonth(models.Model):
    """On which days of a month (UTC) somebody made a request that was counted: bit 0 is the first.

    It outlives the account: a trigger then gives it the id of the `GoneAccount`, so that who was
    active stays one person among the active, though nobody knows which.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.DO_NOTHING,  # PostgreSQL itself sets it to null
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    gone = models.UUIDField(null=True, editable=False)
    month = models.DateField()
    days = models.IntegerField()

    class Meta:
        db_table = "active_months"
        indexes = [
            models.Index(fields=["month"], include=["user", "gone", "days"], name="active_by_month")
        ]
        constraints = [models.UniqueConstraint(fields=["user", "month"], name="active_month_once")]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}: {self.days.bit_count()} days"
