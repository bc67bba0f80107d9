from django.apps import AppConfig
from django.core.checks import Tags, register

from common.checks import enough_connections


class CommonConfig(AppConfig):
    """What every app needs; it has no tables."""

    name = "common"

    def ready(self) -> None:
        register(enough_connections, Tags.database)
