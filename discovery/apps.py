from django.apps import AppConfig
from django.core.checks import register

from discovery.checks import whom_ncbi_can_write_to


class DiscoveryConfig(AppConfig):
    """Finds and judges datasets; knows nothing of users."""

    name = "discovery"

    def ready(self) -> None:
        register(whom_ncbi_can_write_to, deploy=True)
