from django.apps import AppConfig
from django.conf import settings

from monitoring.scrubbing import scrubber, secrets_of


class MonitoringConfig(AppConfig):
    """Tells how the service does: health, metrics, logs, faults, traces."""

    name = "monitoring"

    def ready(self) -> None:
        scrubber.learn(secrets_of(settings))
