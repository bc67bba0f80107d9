"""What tiers include, who has other limits, and what was used."""

from quotas.models.override import Override, OverrideQuerySet
from quotas.models.tiers import TierChange, TierLimits
from quotas.models.usage import SiteHour, UsageDay, UsageHour, UsageLog

__all__ = [
    "Override",
    "OverrideQuerySet",
    "SiteHour",
    "TierChange",
    "TierLimits",
    "UsageDay",
    "UsageHour",
    "UsageLog",
]
