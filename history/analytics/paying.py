"""What tiers people were on, when, and what follows of it: plain arithmetic, told in docs/analytics.md."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from history.analytics.ranges import Interval, begin_of, moved

FREE = "free"
LONG_AGO, NEVER = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Change:
    """Somebody went from one tier to another."""

    at: datetime
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Account:
    """One account: its tier at last, from when to when it was there, its changes in order."""

    tier: str
    since: datetime = LONG_AGO
    until: datetime = NEVER
    changes: Sequence[Change] = ()

    def stays(self) -> Iterator[tuple[str, datetime, datetime]]:
        """Return on which tier it was, from when up to when."""
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
        return next((tier for tier, start, end in self.stays() if start < moment <= end), None)

    def pays_before(self, moment: datetime) -> bool:
        return self.tier_before(moment) not in {None, FREE}

    @property
    def begins_free(self) -> bool:
        """Say whether it was on the free tier at first, of all that is known of it here."""
        return (self.changes[0].before if self.changes else self.tier) == FREE


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts that pay, or did: those that change, and how many stay on a tier all the time."""

    changing: Sequence[Account]
    steady: Mapping[str, int] = field(default_factory=dict)

    def paying_before(self, moment: datetime) -> Counter[str]:
        """Return how many were on which tier, the free one left out, just before a moment."""
        found = Counter(self.steady)
        found.update(one.tier_before(moment) or FREE for one in self.changing)
        del found[FREE]
        return found

    def made_paying(self, start: datetime, end: datetime) -> int:
        """Return how many were never free before they were something else, of those made in a range."""
        return sum(start <= one.since < end and not one.begins_free for one in self.changing)


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


def revenue(
    accounts: Accounts,
    prices: Mapping[str, Decimal | None],
    free: tuple[int, int],
    start: datetime,
    end: datetime,
) -> list[OfTier]:
    """Return what each tier brings in a range: its price for as much of each month as accounts were on it.

    :param prices: of the tiers to tell of
    :param free: how many were free at first, and at the end
    """
    months = _months_on(accounts, start, end)
    before, after = accounts.paying_before(start), accounts.paying_before(end)
    before[FREE], after[FREE] = free
    return [
        OfTier(
            tier=tier,
            monthly_price=price,
            at_start=before[tier],
            at_end=after[tier],
            monthly_revenue=None if price is None else _cents(price * after[tier]),
            revenue=None if price is None else _cents(price * months[tier]),
        )
        for tier, price in prices.items()
    ]


def conversion(accounts: Accounts, free: int, start: datetime, end: datetime) -> Share:
    """Return how many of those who were free at first came to pay in a range.

    :param free: how many were free when it began, or were made free in it
    """
    converted = [one for one in accounts.changing if one.begins_free and _converts(one, start, end)]
    return Share(len(converted), free)


def churn(accounts: Accounts, start: datetime, end: datetime) -> Share:
    """Return how many of those who paid when a range began did not when it ended."""
    lost = sum(one.pays_before(start) and not one.pays_before(end) for one in accounts.changing)
    return Share(lost, accounts.paying_before(start).total())


def _converts(account: Account, start: datetime, end: datetime) -> bool:
    return any(
        change.before == FREE != change.after and start <= change.at < end
        for change in account.changes
    )


def _months_on(accounts: Accounts, start: datetime, end: datetime) -> dict[str, Decimal]:
    months: dict[str, Decimal] = defaultdict(Decimal)
    for tier, count in accounts.steady.items():
        months[tier] += count * months_in(start, end)
    for one in accounts.changing:
        for tier, since, until in one.stays():
            months[tier] += months_in(max(start, since), min(end, until))
    return months


def months_in(start: datetime, end: datetime) -> Decimal:
    """Return how many months a time comes to, each of its calendar months counted as one, whatever its length."""
    return sum(_parts(start, end), Decimal(0))


def _parts(start: datetime, end: datetime) -> Iterable[Decimal]:
    while start < end:
        begin = begin_of(start, Interval.MONTH)
        after = moved(begin, Interval.MONTH, 1)
        whole, part = after - begin, min(end, after) - start
        yield Decimal(part.total_seconds()) / Decimal(whole.total_seconds())
        start = after


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"))
