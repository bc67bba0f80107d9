"""What a tier includes: the values with which the table `tiers` begins, and the form of all limits."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import Any

from quotas.limits import DAY, HOUR, SECOND, Rule


@dataclass(frozen=True, slots=True)
class Limits:
    """How much somebody may do; None is unlimited."""

    hour: int | None
    day: int | None
    concurrent_jobs: int | None
    queries_per_job: int | None
    ai: bool
    burst: int | None = None  # a second; None: no rule

    def rules(self) -> list[Rule]:
        """Return the windows in which requests are counted, the hour and the day always."""
        rules = [Rule(HOUR, self.hour), Rule(DAY, self.day)]
        return rules if self.burst is None else [*rules, Rule(SECOND, self.burst)]

    def but(self, values: Mapping[str, int | bool | None]) -> "Limits":
        """Return these limits with some set otherwise."""
        changed: dict[str, Any] = dict(values)
        if "ai" in changed:
            changed["ai"] = changed["ai"] is not False  # None: without a limit
        return replace(self, **changed)


OVERRIDABLE = tuple(one.name for one in fields(Limits) if one.name != "burst")


@dataclass(frozen=True, slots=True)
class Offer:
    """What a tier includes to begin with, and costs a month in dollars; None: by agreement."""

    limits: Limits
    monthly_price: Decimal | None


PLAN: Mapping[str, Offer] = {
    "free": Offer(Limits(100, 1_000, 5, 100, ai=False), Decimal(0)),
    "pro": Offer(Limits(1_000, 10_000, 20, 1_000, ai=True), Decimal(29)),
    "enterprise": Offer(Limits(None, None, 100, 10_000, ai=True), None),
}
