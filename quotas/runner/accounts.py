"""How many accounts came and went on each day that is over: so that nobody has to count them all again."""

from datetime import UTC, datetime, timedelta

from django.db import connection

# What a day came to does not change when it is over: who goes later came all the same.
CLOSE = """
insert into account_days (id, day, registered, gone)
select gen_random_uuid(), days.day::date,
    (select count(*) from users where created_at >= days.day at time zone 'UTC'
        and created_at < (days.day + interval '1 day') at time zone 'UTC')
    + (select count(*) from gone_accounts where registered_on = days.day::date),
    (select count(*) from gone_accounts where gone_on = days.day::date)
from generate_series(
    coalesce(
        (select max(day) + 1 from account_days),
        least((select min(created_at at time zone 'UTC')::date from users),
            (select min(registered_on) from gone_accounts))
    )::timestamp, %s::timestamp, interval '1 day'
) as days (day)
on conflict (day) do nothing
"""


def close_days(*, at: datetime) -> int:
    """Sum up the days up to yesterday that are not summed up yet; say how many."""
    yesterday = at.astimezone(UTC).date() - timedelta(days=1)
    with connection.cursor() as cursor:
        cursor.execute(CLOSE, [yesterday])
        return int(cursor.rowcount)
