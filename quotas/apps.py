from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class QuotasConfig(AppConfig):
    name = "quotas"

    def ready(self) -> None:
        post_migrate.connect(self._offer, sender=self)

    def _offer(self, *, using: str, apps: Any = None, **_: object) -> None:
        """Add the tiers that are missing: after a migration, and after a test emptied the tables."""
        from quotas import seed  # noqa: PLC0415 (models are there only now)

        seed.add_missing_tiers(apps=apps or self.apps, using=using)
