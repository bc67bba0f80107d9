from django.apps import AppConfig


class CachingConfig(AppConfig):
    """Keeps answers in three levels; knows neither users nor what the answers say."""

    name = "caching"
