"""The tiers of the plan, as rows."""

from dataclasses import asdict
from typing import Any

from quotas.tiers import PLAN


def add_missing_tiers(*, apps: Any, using: str) -> None:
    """Add the plan's tiers; what staff have changed stays."""
    try:
        table = apps.get_model("quotas", "TierLimits")
    except LookupError:  # going back to before there was one
        return
    for tier, offer in PLAN.items():
        values = {**asdict(offer.limits), "monthly_price": offer.monthly_price}
        table.objects.using(using).get_or_create(tier=tier, defaults=values)
