from django.apps import AppConfig
from django.conf import settings
from django.utils.module_loading import import_string

from monitoring import follower
from monitoring.scrubbing import scrubber, secrets_of


class MonitoringConfig(AppConfig):
    """Tells how the service does: health, metrics, logs, faults, traces."""

    name = "monitoring"

    def ready(self) -> None:
        scrubber.learn(secrets_of(settings))
        follower.LOOKS.append(import_string("monitoring.flags.refresh"))
        if settings.TRACES_TO:
            import_string("monitoring.tracing.begin.begin")()
        if settings.SENTRY_DSN:
            import_string("monitoring.faults.begin")()
