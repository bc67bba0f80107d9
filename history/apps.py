from django.apps import AppConfig


class HistoryConfig(AppConfig):
    """What was asked and what came back."""

    name = "history"
    verbose_name = "History"
