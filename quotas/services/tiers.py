"""What tiers include, and that somebody changed from one to another."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import Action, Tier, User
from quotas import limiter
from quotas.models import TierChange, TierLimits
from quotas.services import effective


def on_offer() -> list[TierLimits]:
    """Return what each tier includes and costs, the smallest first."""
    by_name = {one.tier: one for one in TierLimits.objects.all()}
    return [by_name[name] for name in Tier.values if name in by_name]


def note_change(*, user: User, before: str, after: str, at: datetime) -> None:
    """Keep that staff changed somebody's tier: `settings.TIER_LISTENERS` names this."""
    TierChange.objects.create(user=user, before=before, after=after, at=at)


@transaction.atomic
def edit(*, tier: TierLimits, changed: Sequence[str], actor: User, at: datetime) -> None:
    """Store what was edited of a tier. It holds for all its users from their next request on."""
    before = TierLimits.objects.select_for_update().get(pk=tier.pk)
    tier.save(update_fields=[*changed, "updated_at"])
    transaction.on_commit(lambda: effective.renew(limiter.ALL_LIMITS))
    audit.record(
        Action.TIER_EDITED,
        at=at,
        actor=actor,
        thing=tier.tier,
        before={name: _plain(getattr(before, name)) for name in changed},
        after={name: _plain(getattr(tier, name)) for name in changed},
    )


def _plain(value: object) -> object:
    return value if value is None or isinstance(value, bool | int) else str(value)
