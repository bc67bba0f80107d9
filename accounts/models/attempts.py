"""How often something was tried of late."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Attempts(models.Model):
    """The moments of the attempts of one kind, newest last: no more than the limit of that kind.

    `subject` is a digest: neither an address nor a name can be read from it.
    """

    subject = models.CharField(max_length=64, primary_key=True)
    moments = ArrayField(models.DateTimeField())
    last_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "login_attempts"

    def __str__(self) -> str:
        return f"{len(self.moments)} attempts until {self.last_at:%Y-%m-%d %H:%M}"
