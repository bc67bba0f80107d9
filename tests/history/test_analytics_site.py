"""What staff are told of all users: a made-up month whose figures are worked out by hand.

June 2025. Twenty people had registered before, eight did in June. Two accounts were deleted, and
everything is asked after that, when two more things have happened that are no part of June.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from accounts.services import personal_data
from history.analytics import accounts, paying
from history.analytics.paying import Account, Accounts, Change
from history.analytics.ranges import Interval, Range
from history.analytics.site import Site, of_site
from history.analytics.usage import Grouping
from quotas.models import AccountDay, GoneAccount, TierChange, TierLimits
from quotas.runner.accounts import close_days
from tests.factories import UserFactory, access_token
from tests.history.used import DATASETS, QUERY, SEARCH, used

pytestmark = pytest.mark.django_db
PATH = "/api/v2/admin/analytics/usage"
START, END = datetime(2025, 6, 1, tzinfo=UTC), datetime(2025, 7, 1, tzinfo=UTC)
LATER = datetime(2025, 9, 1, tzinfo=UTC)
JUNE = Range(Interval.DAY, START, END)


def june(day: int, hour: int = 0) -> datetime:
    return datetime(2025, 6, day, hour, tzinfo=UTC)


def registered(at: datetime, name: str, tier: str = "free") -> User:
    return UserFactory.create(email=f"{name}@example.org", created_at=at, tier=tier)


def changed(user: User, at: datetime, after: str) -> None:
    TierChange.objects.create(user=user, before=user.tier, after=after, at=at)
    user.tier = after
    user.save()


def erased(user: User, on: date) -> None:
    personal_data.erase(user=user, actor=user, at=timezone.now())
    # The trigger knows no other day than today.
    GoneAccount.objects.filter(gone_on__gt=date(2025, 12, 31)).update(gone_on=on)


@pytest.fixture
def the_month() -> None:
    old = [registered(datetime(2025, 5, 10, tzinfo=UTC), f"old{number}") for number in range(21)]
    for number in (13, 14, 15):  # three go pro on the 11th: 20 of 30 days
        changed(old[number], june(11), "pro")
    for number in (16, 17, 18, 20):  # these are since May
        changed(old[number], datetime(2025, 5, 20, tzinfo=UTC), "pro")
    changed(old[19], datetime(2025, 5, 20, tzinfo=UTC), "enterprise")
    changed(old[17], june(16), "free")  # 15 days
    changed(old[20], june(16), "enterprise")  # 15 days pro
    old[0].delete()  # the list is numbered from 1
    GoneAccount.objects.all().delete()

    hours = {1: june(3), 2: june(3, 9), 3: june(10), 4: june(20), 5: june(30, 23)}
    hours |= {6: june(5), 7: june(8), 8: june(12)}
    new = {number: registered(at, f"new{number}") for number, at in hours.items()}
    changed(new[6], june(21), "pro")  # 10 days
    changed(new[7], june(9), "pro")  # 15 days, and not any more
    changed(new[7], june(24), "free")
    _use(old, new)
    erased(old[18], date(2025, 6, 21))  # pro for 20 days
    erased(new[8], date(2025, 6, 14))
    changed(old[1], datetime(2025, 7, 2, tzinfo=UTC), "pro")  # after June
    registered(END, "late")


def _use(old: list[User], new: dict[int, User]) -> None:
    asks = {"endpoint": SEARCH, "method": "POST", "execution_time_ms": 100}
    used(old[4], june(1) - timedelta(microseconds=1))  # in May
    for number in (1, 2):
        used(old[number], june(1), june(1, 5), **asks)
    used(old[1], june(15), endpoint="/api/v2/workflows/execute", method="POST")
    used(new[1], june(15))
    used(new[2], june(15, 23), endpoint=QUERY, method="POST")
    used(new[8], june(13), endpoint="/api/v2/agents/report", method="POST")
    used(old[1], june(30, 23), **asks)
    used(old[3], june(30), status_code=404)


@pytest.fixture
def site(the_month: None) -> Site:
    return of_site(asked=JUNE, group_by=[Grouping.ENDPOINT], at=LATER)


def test_requests_of_all_are_summed(site: Site) -> None:
    assert site.usage.totals.told() == {"requests": 10, "errors": 1, "p50_ms": 7, "p95_ms": 99}


def test_calls_are_told_by_endpoint(site: Site) -> None:
    told = [(name["endpoint"], tally.requests) for name, tally in site.usage.groups]

    assert told == [
        (SEARCH, 5),
        (DATASETS, 2),
        (QUERY, 1),
        ("/api/v2/agents/report", 1),
        ("/api/v2/workflows/execute", 1),
    ]


def test_active_are_different_users_of_a_day_with_those_who_are_gone_since(site: Site) -> None:
    days = {day.at.day: day.active_users for day in site.people.days if day.active_users}

    assert days == {1: 2, 13: 1, 15: 3, 30: 2}


def test_daily_active_users_are_those_of_the_last_day(site: Site) -> None:
    assert site.people.on_the_last_day == 2
    assert site.people.on_a_day == 0.27  # 8 in 30 days


def test_monthly_active_users_are_different_people_in_thirty_days(site: Site) -> None:
    # 1, 2 and 3 of the old, 1 and 2 of the new, and the new one who is gone.
    assert site.people.in_a_month == 6


@pytest.mark.usefixtures("the_month")
def test_the_thirty_days_begin_where_they_should() -> None:
    until_the_29th = replace(JUNE, end=june(30))

    told = of_site(asked=until_the_29th, group_by=[], at=LATER).people

    assert told.in_a_month == 6  # without old 3, with old 4 of May 31
    assert told.in_range == 5


def test_queries_per_user_are_questions_by_who_was_active(site: Site) -> None:
    assert (site.questions, site.questions_a_user) == (8, 1.33)


def test_registrations_are_accounts_made_in_the_range(site: Site) -> None:
    days = {day.at.day: day.registrations for day in site.people.days if day.registrations}

    assert site.registrations == 8
    assert days == {3: 2, 5: 1, 8: 1, 10: 1, 12: 1, 20: 1, 30: 1}


def test_accounts_are_those_at_the_end(site: Site) -> None:
    assert site.accounts_at_end == 26  # 20 and 8, without the two who are gone


def test_revenue_is_the_price_for_as_long_as_people_were_on_a_tier(site: Site) -> None:
    free, pro, enterprise = site.tiers

    # In months: three times 2/3, 1, 1/2, 2/3, 1/2, 1/3 and 1/2.
    assert (pro.tier, float(pro.revenue or 0)) == ("pro", 29 * 5.5)
    assert (pro.at_start, pro.at_end, float(pro.monthly_revenue or 0)) == (4, 5, 145)
    assert (free.tier, float(free.revenue or 0)) == ("free", 0)
    assert (enterprise.at_start, enterprise.at_end) == (1, 2)
    assert (enterprise.monthly_revenue, enterprise.revenue) == (None, None)  # by agreement


def test_free_accounts_are_those_who_pay_nothing(site: Site) -> None:
    assert (site.tiers[0].at_start, site.tiers[0].at_end) == (15, 19)


@pytest.mark.usefixtures("the_month")
def test_a_price_that_staff_set_is_counted_with() -> None:
    TierLimits.objects.filter(tier="enterprise").update(monthly_price=100)

    enterprise = of_site(asked=JUNE, group_by=[], at=LATER).tiers[2]

    assert enterprise.revenue == 150  # one for all of June, one for half of it


def test_conversion_is_who_came_to_pay_of_who_was_free(site: Site) -> None:
    # Three of the old and two of the new; 15 were free before, 8 were made free.
    assert (site.conversion.part, site.conversion.whole, site.conversion.rate) == (5, 23, 0.2174)


def test_churn_is_who_paid_at_first_and_not_at_the_end(site: Site) -> None:
    # One went back to free, one is gone. Who came and went within the month paid at neither end.
    assert (site.churn.part, site.churn.whole, site.churn.rate) == (2, 5, 0.4)


def test_what_is_told_of_june_is_the_same_after_everybody_is_gone(site: Site) -> None:
    admin = UserFactory.create(is_staff=True, is_superuser=True, created_at=LATER)
    for user in User.objects.exclude(pk=admin.pk):
        erased(user, date(2025, 8, 1))

    again = of_site(asked=JUNE, group_by=[Grouping.ENDPOINT], at=LATER)

    assert again.usage.totals.told() == site.usage.totals.told()
    assert again.people == site.people
    assert (again.registrations, again.tiers) == (site.registrations, site.tiers)
    assert (again.conversion, again.churn) == (site.conversion, site.churn)


@pytest.mark.parametrize("closed_until", [june(16), LATER])
def test_sums_of_accounts_change_nothing_that_is_told(site: Site, closed_until: datetime) -> None:
    noon = Range(Interval.HOUR, june(3, 8), june(12, 5))
    before = of_site(asked=noon, group_by=[], at=LATER)

    closed = close_days(at=closed_until)

    assert closed == (closed_until - datetime(2025, 5, 10, tzinfo=UTC)).days
    for asked, told in ((JUNE, site), (noon, before)):
        again = of_site(asked=asked, group_by=[], at=LATER)
        assert again.people == told.people
        assert (again.registrations, again.accounts_at_end) == (
            told.registrations,
            told.accounts_at_end,
        )
        assert (again.tiers, again.conversion) == (told.tiers, told.conversion)


@pytest.mark.usefixtures("the_month")
def test_of_days_that_are_summed_up_no_account_is_read() -> None:
    close_days(at=LATER)
    AccountDay.objects.filter(day=date(2025, 6, 3)).update(registered=100)

    told = of_site(asked=JUNE, group_by=[], at=LATER)

    assert told.registrations == 8 - 2 + 100


@pytest.mark.usefixtures("the_month")
def test_days_are_summed_up_once() -> None:
    assert close_days(at=LATER) > 100
    assert close_days(at=LATER) == 0
    assert close_days(at=LATER + timedelta(days=2)) == 2


@pytest.mark.usefixtures("the_month")
def test_a_month_that_runs_ends_now() -> None:
    told = of_site(asked=JUNE, group_by=[], at=june(16))

    # Until the 16th: three times 1/6, three times 1/2 and 7/30 … in months of 30 days.
    assert float(told.tiers[1].revenue or 0) == round(29 * (3 * 5 + 4 * 15 + 7) / 30, 2)
    assert len(told.people.days) == 16
    assert told.churn.part == 0
    assert len(told.usage.series) == 30


# --- Over HTTP ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("the_month")
def test_the_answer_has_what_the_contract_names() -> None:
    client = APIClient()
    admin = UserFactory.create(is_staff=True, is_superuser=True)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {access_token(admin)}")

    answer = client.get(f"{PATH}?from=2025-06-01&to=2025-07-01&interval=month").json()

    assert answer["series"] == [{"at": "2025-06-01T00:00:00Z", **answer["totals"]}]
    assert answer["active_users"] == {"dau": 2, "mau": 6, "average_dau": 0.27, "in_range": 6}
    assert answer["registrations"] == 8
    assert answer["accounts"] == 26
    assert answer["queries"] == {"total": 8, "per_active_user": 1.33}
    assert answer["conversion"] == {"converted": 5, "free": 23, "rate": 0.2174}
    assert answer["churn"] == {"lost": 2, "paying": 5, "rate": 0.4}
    assert answer["revenue_by_tier"][1] == {
        "tier": "pro",
        "monthly_price": 29.0,
        "accounts_at_start": 4,
        "accounts_at_end": 5,
        "monthly_revenue": 145.0,
        "revenue": 159.5,
    }
    assert {"at": "2025-06-15T00:00:00Z", "active_users": 3, "registrations": 0} in answer["days"]
    assert [one["requests"] for one in answer["groups"]] == [5, 2, 1, 1, 1]


def test_a_site_without_anybody_has_figures_too() -> None:
    empty = of_site(asked=JUNE, group_by=[], at=LATER)

    assert empty.people.on_the_last_day == empty.people.in_a_month == 0
    assert (empty.questions_a_user, empty.churn.rate, empty.conversion.rate) == (None, None, None)


def test_a_range_that_is_yet_to_come_has_no_days() -> None:
    to_come = of_site(asked=JUNE, group_by=[], at=START - timedelta(days=40))

    assert to_come.people.days == []
    assert to_come.people.on_a_day is None


# --- Who is gone ----------------------------------------------------------------------------------


def test_what_is_kept_of_who_is_gone_leads_to_nobody() -> None:
    user = registered(june(3, 9), "ada", tier="pro")
    ids = {str(user.pk), str(user.audit_id), user.email}

    personal_data.erase(user=user, actor=user, at=timezone.now())

    kept = GoneAccount.objects.values().get()
    assert kept == {
        "id": kept["id"],
        "tier": "pro",
        "registered_on": date(2025, 6, 3),
        "gone_on": timezone.now().date(),
    }
    assert str(kept["id"]) not in ids


def test_accounts_deleted_many_at_once_are_kept_count_of_too() -> None:
    for number in range(3):
        registered(june(3), f"user{number}")

    User.objects.all().delete()

    assert accounts.census(START, END).registered == GoneAccount.objects.count() == 3


def test_newcomers_of_one_tier_are_told_as_if_they_were_looked_at_one_by_one() -> None:
    moments = [june(5, 7), june(1), datetime(2025, 6, 30, 23, 59, 59, tzinfo=UTC)]
    for number, moment in enumerate(moments):
        registered(moment, f"paying{number}", tier="pro")

    end = datetime(2025, 8, 20, tzinfo=UTC)
    told = paying.ledger(accounts.accounts_in(START, end), START, end)
    one_by_one = Accounts([Account("pro", since=moment) for moment in moments])
    expected = paying.ledger(one_by_one, START, end)

    assert told.months["pro"] == pytest.approx(expected.months["pro"], abs=1e-6)
    assert told.after == expected.after == {"pro": 3}
    assert told.made_paying == expected.made_paying == 3


# --- The arithmetic -------------------------------------------------------------------------------


def test_half_of_each_of_two_months_is_one_month() -> None:
    start, end = datetime(2025, 2, 15, tzinfo=UTC), datetime(2025, 3, 16, 12, tzinfo=UTC)

    assert paying.months_in(start, end) == 1  # 14 of 28 days, 15.5 of 31


def ledger_of(*those: Account) -> paying.Ledger:
    return paying.ledger(Accounts(those), START, END)


def test_who_was_made_paying_is_no_conversion() -> None:
    told = ledger_of(Account("pro", since=june(5))).conversion(free_before=3, registered=1)

    assert (told.part, told.whole) == (0, 3)


def test_who_leaves_and_comes_back_within_a_range_is_not_lost() -> None:
    back = Account("pro", changes=[Change(june(5), "pro", "free"), Change(june(9), "free", "pro")])

    assert ledger_of(back).churn.part == 0


def test_a_change_at_the_first_moment_is_in_the_range_and_one_at_the_last_is_not() -> None:
    first = Account("pro", changes=[Change(START, "free", "pro")])
    last = Account("pro", changes=[Change(END, "free", "pro")])

    told = ledger_of(first, last)

    assert told.converted == 1
    assert (told.before, told.after) == ({}, {"pro": 1})


def test_tiers_between_paid_ones_are_no_churn_and_no_conversion() -> None:
    told = ledger_of(Account("enterprise", changes=[Change(june(5), "pro", "enterprise")]))

    assert (told.churn.part, told.converted) == (0, 0)
