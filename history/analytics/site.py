"""The whole site: what was used, by how many, who came, who pays and who stopped."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from history.analytics import accounts, paying, people, sums, usage
from history.analytics.paying import OfTier, Share
from history.analytics.people import People
from history.analytics.ranges import Range
from history.analytics.usage import Grouping, Usage


@dataclass(frozen=True, slots=True)
class Site:
    """What staff are told of a range. What is of accounts ends with the present."""

    usage: Usage
    people: People
    registrations: int
    accounts_at_end: int
    questions: int
    tiers: Sequence[OfTier]
    conversion: Share
    churn: Share

    @property
    def questions_a_user(self) -> float | None:
        """Return how many questions came for each who was active."""
        active = self.people.in_range
        return round(self.questions / active, 2) if active else None


def of_site(*, asked: Range, group_by: Sequence[Grouping], at: datetime) -> Site:
    """Return what came of a range, of all users: usage some seconds late, the rest as it is."""
    read = sums.of_site(asked, by_kind=True)
    start, end = asked.start, max(asked.start, min(asked.end, at))
    ledger = paying.ledger(accounts.accounts_in(start, end), start, end)
    census = accounts.census(start, end)
    free = census.before - ledger.before.total(), census.after - ledger.after.total()
    return Site(
        usage=usage.summed(read, asked, group_by),
        people=people.people_in(asked, at=at),
        registrations=census.registered,
        accounts_at_end=census.after,
        questions=usage.questions_in(read.kinds),
        tiers=ledger.revenue(accounts.prices(), free),
        conversion=ledger.conversion(free_before=free[0], registered=census.registered),
        churn=ledger.churn,
    )
