"""What tiers include, and that somebody changed from one to another."""

from datetime import datetime

from accounts.models import User
from quotas import limiter
from quotas.models import TierChange
from quotas.services import effective


def note_change(*, user: User, before: str, after: str, at: datetime) -> None:
    """Keep that staff changed somebody's tier: `settings.TIER_LISTENERS` names this."""
    TierChange.objects.create(user=user, before=before, after=after, at=at)


def announce() -> None:
    """Make an edited tier hold everywhere, from the next request on."""
    effective.renew(limiter.ALL_LIMITS)
