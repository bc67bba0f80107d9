"""What tiers include, who has other limits, and what was used."""

from quotas.models.override import Override, OverrideQuerySet
from quotas.models.site import AccountDay, Grain, SiteDay, SiteHour, SiteSum
from quotas.models.tiers import GoneAccount, TierChange, TierLimits
from quotas.models.usage import ActiveMonth, UsageDay, UsageDayKind, UsageHour, UsageLog, UsageMonth

__all__ = [
    "AccountDay",
    "ActiveMonth",
    "GoneAccount",
    "Grain",
    "Override",
    "OverrideQuerySet",
    "SiteDay",
    "SiteHour",
    "SiteSum",
    "TierChange",
    "TierLimits",
    "UsageDay",
    "UsageDayKind",
    "UsageHour",
    "UsageLog",
    "UsageMonth",
]
