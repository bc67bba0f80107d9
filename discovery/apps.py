from django.apps import AppConfig


class DiscoveryConfig(AppConfig):
    """Finds and judges datasets; knows nothing of users."""

    name = "discovery"
