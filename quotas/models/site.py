"""What all users together used, for those who look at the whole site."""

from django.db import models

from common.ids import uuid7
from quotas.models.timed import Timed


class SiteHour(Timed):
    """The sums of one hour over all users."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    hour = models.DateTimeField()
    endpoint = models.CharField(max_length=255)
    method = models.CharField(max_length=10)
    status_code = models.IntegerField()
    requests = models.BigIntegerField()
    cost = models.BigIntegerField()
    total_ms = models.BigIntegerField()

    class Meta:
        db_table = "usage_site_hourly"
        constraints = [
            models.UniqueConstraint(
                fields=["hour", "endpoint", "method", "status_code"], name="usage_site_hour_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H:00} {self.method} {self.endpoint}: {self.requests}"


class Grain(models.TextChoices):
    """How long a stretch of time is."""

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"


class SiteSum(Timed):
    """The sums of an hour, a day or a month over all users: of all calls, or of one kind.

    All calls together have no endpoint, no method and the status 0. One kind in an hour is a `SiteHour`.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    grain = models.CharField(max_length=5, choices=Grain)
    start = models.DateTimeField()
    endpoint = models.CharField(max_length=255, blank=True, default="")
    method = models.CharField(max_length=10, blank=True, default="")
    status_code = models.IntegerField(default=0)
    requests = models.BigIntegerField()
    errors = models.BigIntegerField()
    cost = models.BigIntegerField()

    class Meta:
        db_table = "usage_site_sums"
        constraints = [
            models.UniqueConstraint(
                # The endpoint before the start: the sums of all calls lie together.
                fields=["grain", "endpoint", "start", "method", "status_code"],
                name="usage_site_sum_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.grain} {self.start:%Y-%m-%d %H:00} {self.method} {self.endpoint}: {self.requests}"


class SiteDay(models.Model):
    """How many users were active on a day (UTC). Each is counted with the first request of the day."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    day = models.DateField(unique=True)
    active_users = models.IntegerField()

    class Meta:
        db_table = "usage_site_daily"

    def __str__(self) -> str:
        return f"{self.day}: {self.active_users}"


class AccountDay(models.Model):
    """How many accounts were made and went on a day that is over (UTC), whether they are still there or not.

    There is one for each day from the first to the last that was closed: `runner.accounts`.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    day = models.DateField(unique=True)
    registered = models.IntegerField()
    gone = models.IntegerField()

    class Meta:
        db_table = "account_days"

    def __str__(self) -> str:
        return f"{self.day}: {self.registered} came, {self.gone} went"
