"""What tiers people were on, when, and what follows of it: plain arithmetic, told in docs/analytics.md."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property

from history.analytics.ranges import Interval, begin_of, moved

FREE = "free"
LONG_AGO, NEVER = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Change:
    """Somebody went from one tier to another."""

    at: datetime
    before: str
    after: str


@dataclass(frozen=True)
class Account:
    """One account: its tier at last, from when to when it was there, its changes in order."""

    tier: str
    since: datetime = LONG_AGO
    until: datetime = NEVER
    changes: Sequence[Change] = ()

    @cached_property
    def stays(self) -> Sequence[tuple[str, datetime, datetime]]:
        """Return on which tier it was, from when up to when."""
        return tuple(self._stays())

    def _stays(self) -> Iterator[tuple[str, datetime, datetime]]:
        start = self.since
        for change in self.changes:
            end = min(change.at, self.until)
            if start < end:
                yield change.before, start, end
            start = max(change.at, self.since)
        if start < self.until:
            yield (self.changes[-1].after if self.changes else self.tier), start, self.until

    def tier_before(self, moment: datetime) -> str | None:
        """Return its tier just before a moment, or None if it was not there."""
        return next((tier for tier, start, end in self.stays if start < moment <= end), None)

    @property
    def begins_free(self) -> bool:
        """Say whether it was on the free tier at first, of all that is known of it here."""
        return (self.changes[0].before if self.changes else self.tier) == FREE


@dataclass(frozen=True, slots=True)
class Newcomers:
    """Accounts that were made in a range, and were on one tier ever since."""

    number: int
    months: float  # how many they come to together, until the range ends


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts that pay, or did: those that change, one by one; of the others, how many of each tier."""

    changing: Sequence[Account]
    steady: Mapping[str, int] = field(default_factory=dict)
    newcomers: Mapping[str, Newcomers] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OfTier:
    """What one tier brought. Without a price nobody can say what it brings."""

    tier: str
    monthly_price: Decimal | None
    at_start: int
    at_end: int
    monthly_revenue: Decimal | None
    revenue: Decimal | None


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    part: int
    whole: int

    @property
    def rate(self) -> float | None:
        return round(self.part / self.whole, 4) if self.whole else None


@dataclass(frozen=True, slots=True)
class Ledger:
    """What is to be counted of a range. The free tier is in none of the counts."""

    before: Counter[str]
    after: Counter[str]
    months: Mapping[str, float]
    converted: int
    made_paying: int
    lost: int

    def revenue(self, prices: Mapping[str, Decimal | None], free: tuple[int, int]) -> list[OfTier]:
        """Return what each tier brings: its price for as much of each month as accounts were on it.

        :param prices: of the tiers to tell of
        :param free: how many were free at first, and at the end
        """
        before, after = (
            {**counts, FREE: count}
            for counts, count in zip((self.before, self.after), free, strict=True)
        )
        return [
            OfTier(
                tier=tier,
                monthly_price=price,
                at_start=before.get(tier, 0),
                at_end=after.get(tier, 0),
                monthly_revenue=None if price is None else _cents(price * after.get(tier, 0)),
                revenue=None
                if price is None
                else _cents(price * Decimal(self.months.get(tier, 0))),
            )
            for tier, price in prices.items()
        ]

    def conversion(self, *, free_before: int, registered: int) -> Share:
        """Return how many came to pay of those who were free at first, or were made free in the range."""
        return Share(self.converted, free_before + registered - self.made_paying)

    @property
    def churn(self) -> Share:
        """Return how many of those who paid when the range began did not when it ended."""
        return Share(self.lost, self.before.total())


def ledger(accounts: Accounts, start: datetime, end: datetime) -> Ledger:
    """Count what became of accounts in a range: all of its first moment, nothing of its last."""
    before, after = Counter(accounts.steady), Counter(accounts.steady)
    converted = made_paying = lost = 0
    for tier, came in accounts.newcomers.items():
        after[tier] += came.number
        made_paying += came.number
    for one in accounts.changing:
        was, became = one.tier_before(start), one.tier_before(end)
        before[was or FREE] += 1
        after[became or FREE] += 1
        lost += _pays(was) and not _pays(became)
        converted += one.begins_free and _converts(one, start, end)
        made_paying += start <= one.since < end and not one.begins_free
    del before[FREE], after[FREE]
    months = _months_on(accounts, start, end)
    return Ledger(before, after, months, converted, made_paying, lost)


def _pays(tier: str | None) -> bool:
    return tier not in {None, FREE}


def _converts(account: Account, start: datetime, end: datetime) -> bool:
    return any(
        change.before == FREE != change.after and start <= change.at < end
        for change in account.changes
    )


def _months_on(accounts: Accounts, start: datetime, end: datetime) -> dict[str, float]:
    months: dict[str, float] = defaultdict(float)
    for tier, count in accounts.steady.items():
        months[tier] += count * months_in(start, end)
    for tier, came in accounts.newcomers.items():
        months[tier] += came.months
    for one in accounts.changing:
        for tier, since, until in one.stays:
            if tier != FREE and since < end and until > start:
                months[tier] += months_in(max(start, since), min(end, until))
    return months


def months_in(start: datetime, end: datetime) -> float:
    """Return how many months a time comes to: each of the calendar's is one, whatever its length."""
    return max(0.0, months_until(end) - months_until(start))


def months_until(moment: datetime) -> float:
    """Return how many months had passed before a moment, of all."""
    begin = begin_of(moment, Interval.MONTH)
    share = (moment - begin) / (moved(begin, Interval.MONTH, 1) - begin)
    return moment.year * 12 + moment.month + share


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"))
