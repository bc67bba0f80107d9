from django.apps import AppConfig


class BatchConfig(AppConfig):
    """Many questions at once."""

    name = "batch"
