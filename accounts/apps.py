from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        # Connects what signing in and out of pages does.
        from accounts import browser  # noqa: F401, PLC0415 (models are there only now)
